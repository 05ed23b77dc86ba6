"""Each rule fires just beyond its threshold and not at it; what cannot be seen is neither wrong nor well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sambung.domain.alerts import (
    ENTRIES,
    STAGE,
    Condition,
    Counted,
    InstanceFacts,
    Rule,
    Samples,
    ServerFacts,
    judge,
)
from sambung.domain.diagnosis.finding import Severity

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
VPS = ServerFacts(UUID(int=1), "vps-1", None, None, 42)
TOKO = InstanceFacts(UUID(int=9), "toko", VPS.id, "vps-1", visible=True)
CALM = Counted(NOW, (VPS,), (TOKO,), reconciled_at=NOW)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def fired(counted: Counted) -> list[Condition]:
    return list(judge(counted).firing)


def rules(counted: Counted) -> set[Rule]:
    return {one.rule for one in fired(counted)}


def server(**facts: object) -> Counted:
    return replace(CALM, servers=(replace(VPS, **facts),))  # type: ignore[arg-type]


def instance(**facts: object) -> Counted:
    return replace(CALM, instances=(replace(TOKO, **facts),))  # type: ignore[arg-type]


BOUNDARIES: list[tuple[Rule, Counted, Counted]] = [
    (Rule.SYNC_EVENTS, replace(CALM, sync_events=5), replace(CALM, sync_events=6)),
    (Rule.VERIFICATION_FAILURES, instance(failures_in_row=10), instance(failures_in_row=11)),
    (Rule.SYNC_SUCCESS_RATE, replace(CALM, synced=Samples(99, 100)), replace(CALM, synced=Samples(989, 1000))),
    (Rule.SYNC_SUCCESS_RATE, replace(CALM, synced=Samples(0, 49)), replace(CALM, synced=Samples(49, 50))),
    (Rule.SERVER_DOWN, server(silent_since=ago(seconds=119)), server(silent_since=ago(minutes=2))),
    (Rule.INSTANCE_DOWN, instance(down_since=ago(seconds=299)), instance(down_since=ago(minutes=5))),
    (Rule.WEBHOOK_SILENT, instance(unheard_since=ago(seconds=60)), instance(unheard_since=ago(seconds=61))),
    (Rule.WEBHOOK_AUTH_FAILURES, replace(CALM, refusals=20), replace(CALM, refusals=21)),
    (Rule.DEAD_LETTERS, replace(CALM, dead_letters={"work": 0}), replace(CALM, dead_letters={"work": 1})),
    (Rule.CONFLICT, instance(rivals=()), instance(rivals=("vps-2",))),
    (Rule.SAME_NAME, instance(namesakes=()), instance(namesakes=("vps-2",))),
    (Rule.UNSTABLE, instance(opens=2), instance(opens=3)),
    (Rule.RECONCILE_LATE, replace(CALM, reconciled_at=ago(minutes=15)), replace(CALM, reconciled_at=ago(minutes=16))),
]


@pytest.mark.parametrize(("rule", "at_most", "beyond"), BOUNDARIES)
def test_a_rule_fires_beyond_its_threshold_and_not_at_it(rule: Rule, at_most: Counted, beyond: Counted) -> None:
    assert fired(at_most) == []
    assert rules(beyond) == {rule}


def test_every_rule_has_a_boundary_and_an_entry() -> None:
    assert {rule for rule, _, _ in BOUNDARIES} == set(Rule) == set(ENTRIES)


def test_the_seeds_severities_are_kept() -> None:
    assert ENTRIES[Rule.SYNC_EVENTS].severity is Severity.WARNING
    assert ENTRIES[Rule.VERIFICATION_FAILURES].severity is Severity.CRITICAL


def test_a_server_down_is_one_alert_with_the_number_of_its_instances() -> None:
    hidden = tuple(
        replace(TOKO, id=UUID(int=100 + n), visible=False, down_since=ago(days=1), unheard_since=ago(days=1), opens=9)
        for n in range(42)
    )
    (one,) = fired(replace(server(silent_since=ago(minutes=3), cause="refused"), instances=hidden))
    assert (one.rule, one.server_id) == (Rule.SERVER_DOWN, VPS.id)
    assert (one.params["count"], one.params["cause"]) == ("42", "refused")


def test_silent_webhooks_of_a_server_that_went_down_are_not_over() -> None:
    judged = judge(server(silent_since=ago(hours=1)))
    assert [one.rule for one in judged.firing] == [Rule.SERVER_DOWN]
    assert judged.cannot_tell((Rule.WEBHOOK_SILENT, str(VPS.id)))


def test_silent_webhooks_are_one_alert_for_their_server() -> None:
    many = tuple(replace(TOKO, id=UUID(int=n), name=f"t{n}", unheard_since=ago(minutes=9)) for n in range(10, 15))
    (one,) = fired(replace(CALM, instances=many))
    assert one.params == {"server": "vps-1", "count": "5", "instances": "t10, t11, t12, …"}


def test_a_session_that_is_not_found_is_told_also_while_its_server_is_silent() -> None:
    assert rules(instance(failures_in_row=11, visible=False)) == {Rule.VERIFICATION_FAILURES}


def test_reconciliation_is_not_late_while_no_server_answers() -> None:
    down = replace(VPS, silent_since=ago(seconds=30))
    assert fired(replace(CALM, servers=(down,), reconciled_at=ago(hours=1))) == []


@pytest.mark.parametrize(
    ("counted", "key"),
    [
        (instance(visible=False), (Rule.INSTANCE_DOWN, str(TOKO.id))),
        (server(silent_since=ago(seconds=10)), (Rule.WEBHOOK_SILENT, str(VPS.id))),
        (server(silent_since=ago(seconds=10)), (Rule.SERVER_DOWN, str(VPS.id))),
        (replace(CALM, dead_letters=None), (Rule.DEAD_LETTERS, "work")),
    ],
)
def test_of_what_cannot_be_seen_nothing_is_claimed(counted: Counted, key: tuple[Rule, str]) -> None:
    judged = judge(counted)
    assert judged.firing == ()
    assert judged.cannot_tell(key)
    assert not judged.cannot_tell((Rule.SYNC_EVENTS, STAGE))
    assert not judge(CALM).cannot_tell(key)
