"""An observation that newer ones overtook moves no status; what it adds to the history must not be lost."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from sambung.domain.errors import Code
from sambung.domain.instance import Seen, Status
from tests.unit.domain.builders import at, operation, run, saw, snapshot

if TYPE_CHECKING:
    from sambung.domain.instance import Observation, OwnOperation

DIAL, ON = Status.CONNECTING, Status.CONNECTED
CLOSE = saw(Seen.CLOSE, 10, reason=401)
AGAIN = saw(Seen.CONNECTING, 13)


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (CLOSE, Code.LOGGED_OUT_BY_PHONE),
        (saw(Seen.CLOSE, reason=402), Code.SESSION_ENDED),
        (saw(Seen.CLOSE, reason=403), Code.ACCOUNT_BANNED),
        (saw(Seen.REFUSED, reason=428), Code.QR_LIMIT_REACHED),
        (saw(Seen.CLOSE, reason=408, reconnects=True), None),
    ],
)
def test_the_reason_of_an_end_survives_the_dialling_that_overtook_it(end: Observation, error: Code | None) -> None:
    before = snapshot(ON, opened_since_pairing=True)
    in_order, _ = run(before, [end, AGAIN])
    overtaken, _ = run(before, [AGAIN, end])
    assert in_order.error is overtaken.error is error
    assert in_order.status is overtaken.status is DIAL


@pytest.mark.parametrize(
    ("ours", "error"),
    [
        (None, Code.LOGGED_OUT_BY_PHONE),
        (operation("restart", ended=12), Code.LOGGED_OUT_BY_PHONE),
        (operation("connect", ended=5), Code.LOGGED_OUT_BY_PHONE),
        (operation("connect", ended=12), None),
        (operation("connect"), None),
        (operation("logout"), None),
    ],
    ids=["nothing", "restart", "connect before", "connect after", "connect now", "logout"],
)
def test_but_not_an_end_that_our_own_action_explains_or_leaves_behind(
    ours: OwnOperation | None, error: Code | None
) -> None:
    before = snapshot(ON, opened_since_pairing=True, last_operation=ours)
    assert run(before, [AGAIN, CLOSE])[0].error is error


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_opening_after_the_end_clears_it_whatever_the_order(order: tuple[int, ...]) -> None:
    story = [CLOSE, saw(Seen.OPEN, 11), AGAIN]
    after, _ = run(snapshot(ON, opened_since_pairing=True), [AGAIN, *(story[index] for index in order)])
    assert (after.status, after.error, after.error_evidence) == (DIAL, None, {})


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_last_of_several_overtaken_ends_gives_the_reason(order: tuple[int, ...]) -> None:
    ends = [CLOSE, saw(Seen.CLOSE, 11, reason=402), saw(Seen.CLOSE, 9, reason=403)]
    after, _ = run(snapshot(ON, opened_since_pairing=True), [AGAIN, *(ends[index] for index in order)])
    assert after.error is Code.SESSION_ENDED
    assert after.error_evidence == {"reason": 402, "closed_at": at(11).isoformat()}


def test_a_new_end_needs_no_word_of_the_overtaken_one() -> None:
    after, _ = run(snapshot(ON, opened_since_pairing=True), [AGAIN, CLOSE, saw(Seen.CLOSE, 14, reason=403)])
    assert (after.error, after.error_evidence) == (Code.ACCOUNT_BANNED, {"reason": 403})


def test_the_number_of_an_overtaken_opening_is_the_latest_known() -> None:
    """Paired with another phone, and the drop right after it was told first."""
    before = snapshot(DIAL, phone_number="6281")
    first, second = saw(Seen.OPEN, 10, phone_number="6282"), saw(Seen.OPEN, 11, phone_number="6283")
    for story in ([first, second, AGAIN], [AGAIN, second, first], [AGAIN, first, second], [second, AGAIN, first]):
        assert run(before, story)[0].phone_number == "6283"


def test_an_overtaken_opening_does_not_rename_a_number_that_is_connected() -> None:
    before = snapshot(DIAL, phone_number="6281")
    after, _ = run(before, [saw(Seen.OPEN, 12, phone_number="6283"), saw(Seen.OPEN, 10, phone_number="6282")])
    assert after.phone_number == "6283"
