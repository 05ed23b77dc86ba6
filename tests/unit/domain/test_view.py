from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.errors import Code
from sambung.domain.instance import Desired, Qr, Snapshot, Status, View
from sambung.domain.status import view
from tests.unit.domain.builders import START, at, moments, snapshot, snapshots

LABELS = {"connected", "connecting", "waiting_qr", "reconnecting", "disconnected", "error", "stale", "parked"}
dialling = snapshot(Status.CONNECTING)
dropped = snapshot(Status.CONNECTING, opened_since_pairing=True)


def seen(what: Snapshot, seconds: float) -> View:
    return view(what, reachable=True, last_read_at=at(seconds), now=at(seconds))


@given(
    snapshots(),
    st.sampled_from([True, False, None]),
    st.none() | moments,
    st.integers(-100, 10_000),
    st.sampled_from(Desired),
)
def test_every_row_can_be_shown_and_the_flags_fit_the_label(
    what: Snapshot, reachable: bool | None, last_read_at: datetime | None, seconds: int, desired: Desired
) -> None:
    shown = view(what, reachable=reachable, last_read_at=last_read_at, now=at(seconds), desired=desired)
    assert shown.label in LABELS
    assert shown.reconnecting == (shown.label == "reconnecting")
    assert not shown.stuck or shown.label == "connecting"
    assert shown.label != "stale" or shown.stale
    assert not shown.stale or shown.label in {"stale", "parked"}


@pytest.mark.parametrize("status", [Status.CONNECTED, Status.DISCONNECTED, Status.ERROR])
def test_what_was_seen_is_shown(status: Status) -> None:
    assert seen(snapshot(status), 1) == View(status.value, reconnecting=False, stuck=False, stale=False)


def test_a_number_that_was_connected_reconnects_for_20_seconds() -> None:
    assert seen(dropped, 19.9).label == "reconnecting"
    assert seen(dropped, 20).label == "connecting"


def test_a_new_pairing_or_a_number_with_an_error_does_not_reconnect() -> None:
    assert seen(dialling, 1).label == "connecting"
    assert (
        seen(snapshot(Status.CONNECTING, opened_since_pairing=True, error=Code.SESSION_ENDED), 1).label == "connecting"
    )


def test_connecting_with_a_young_code_waits_for_the_scan() -> None:
    offered = snapshot(Status.CONNECTING, opened_since_pairing=True, qr=Qr(code="x"), qr_at=START)
    assert seen(offered, 10).label == "waiting_qr"
    assert seen(offered, 60).label == "connecting"


def test_stuck_is_more_than_two_minutes_without_a_code_younger_than_one() -> None:
    assert not seen(dialling, 120).stuck
    assert seen(dialling, 121).stuck
    assert not seen(snapshot(Status.CONNECTING, qr=Qr(code="x"), qr_at=at(70)), 129).stuck
    assert seen(snapshot(Status.CONNECTING, qr=Qr(code="x"), qr_at=at(70)), 130).stuck


def test_an_unreachable_server_or_no_read_for_15_minutes_is_stale() -> None:
    on = snapshot(Status.CONNECTED)
    assert view(on, reachable=False, last_read_at=at(1), now=at(1)).label == "stale"
    assert view(on, reachable=True, last_read_at=at(0), now=at(900)).label == "connected"
    assert view(on, reachable=True, last_read_at=at(0), now=at(901)).label == "stale"


def test_what_was_never_read_gets_15_minutes_from_its_last_change() -> None:
    on = snapshot(Status.CONNECTED)
    assert view(on, reachable=None, last_read_at=None, now=START + timedelta(minutes=15)).label == "connected"
    assert view(on, reachable=None, last_read_at=None, now=START + timedelta(minutes=16)).label == "stale"


def test_a_parked_number_is_parked_whatever_was_seen() -> None:
    shown = view(dialling, reachable=False, last_read_at=None, now=at(999), desired=Desired.PARKED)
    assert shown == View("parked", reconnecting=False, stuck=False, stale=True)
