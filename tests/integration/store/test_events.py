"""An event is kept once and changes its instance at most once, in whatever order and however often it comes."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from sambung.domain.instance import Observation, Qr, Seen, Source
from sambung.store import events
from sambung.store.connection import Connection, Database
from sambung.store.events import Incoming, Kept, Verdict
from tests import rows
from tests.rows import Registry

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sender:
    """A gateway whose clock is off by `clock_ahead`."""

    registry: Registry
    clock_ahead: timedelta = timedelta(0)

    def event(self, seen: Seen | None, at: float, *, delay: float = 0.01, **more: Any) -> Incoming:
        """An event that happened `at` seconds after NOW and was delivered `delay` s later."""
        happened = NOW + timedelta(seconds=at)
        received = happened + timedelta(seconds=delay)
        server_id = self.registry.server_id
        observation = (
            None
            if seen is None
            else Observation(
                seen,
                Source.WEBHOOK,
                server_id,
                received,
                qr=Qr(code=f"2@{at}") if seen is Seen.QR else None,
                reason=401 if seen is Seen.CLOSE else None,
            )
        )
        incoming = Incoming(
            dedupe_key=hashlib.sha256(f"{seen} {at}".encode()).digest(),
            server_id=server_id,
            instance_name=self.registry.instance_name,
            event=str(seen),
            received_at=received,
            sent_at=happened + self.clock_ahead,
            seen=observation,
            facts={"n": 1},
        )
        return replace(incoming, **more)


@pytest.fixture
def sender(registry: Registry) -> Sender:
    """The registry's server."""
    return Sender(registry)


@pytest.fixture
def keep(database: Database) -> Callable[[Incoming], Kept]:
    """Keep one event in a transaction of its own."""

    def kept(incoming: Incoming) -> Kept:
        with database.transaction() as connection:
            return events.keep(connection, incoming)

    return kept


Keep = Callable[[Incoming], Kept]


def test_an_event_changes_the_status_and_is_kept_with_its_transition(
    sender: Sender, keep: Keep, plain: Connection
) -> None:
    kept = keep(sender.event(Seen.OPEN, 1))
    assert (kept.verdict, kept.outcome, kept.session_id) == (Verdict.ACCEPTED, "applied", sender.registry.instance_id)
    row = instance(plain)
    assert row["status"] == "connected"
    assert row["webhook_proven"]
    assert row["last_webhook_event_at"] == NOW + timedelta(seconds=1.01)
    assert row["last_qr_event_at"] is None
    assert count(plain, "status_transitions") == 1
    assert count(plain, "webhook_events") == 1


def test_a_code_is_kept_until_the_number_is_open(sender: Sender, keep: Keep, plain: Connection) -> None:
    keep(sender.event(Seen.QR, 1))
    assert instance(plain)["qr_code"] == "2@1"
    assert instance(plain)["last_qr_event_at"] == NOW + timedelta(seconds=1.01)
    keep(sender.event(Seen.OPEN, 2))
    assert instance(plain)["qr_code"] is None


def test_a_repeated_event_is_a_duplicate_and_changes_nothing(sender: Sender, keep: Keep, plain: Connection) -> None:
    opened = sender.event(Seen.OPEN, 1)
    keep(opened)
    keep(sender.event(Seen.CLOSE, 2))
    before = instance(plain)
    assert keep(opened).verdict is Verdict.DUPLICATE
    assert instance(plain) == before


def test_the_older_of_two_events_does_not_win_by_arriving_later(sender: Sender, keep: Keep, plain: Connection) -> None:
    keep(sender.event(Seen.CLOSE, 3))
    keep(sender.event(Seen.OPEN, 1, delay=2.5))
    assert instance(plain)["status"] == "disconnected"


def test_a_late_event_changes_no_status_and_asks_for_a_check(sender: Sender, keep: Keep, plain: Connection) -> None:
    keep(sender.event(Seen.CONNECTING, 1))
    kept = keep(sender.event(Seen.OPEN, 2, delay=30))
    assert kept.outcome == "late"
    row = instance(plain)
    assert (row["status"], row["needs_check"]) == ("connecting", True)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_gateway_clock_hours_off_changes_no_order(
    hours: int, registry: Registry, keep: Keep, plain: Connection
) -> None:
    sender = Sender(registry, timedelta(hours=hours))
    for second, seen in enumerate([Seen.CONNECTING, Seen.QR, Seen.OPEN]):
        assert keep(sender.event(seen, second)).outcome == "applied"
    row = plain.execute("SELECT clock_offset_ms FROM servers").fetchone()
    assert row == {"clock_offset_ms": -hours * 3_600_000 + 10}
    assert abs(instance(plain)["observed_at"] - (NOW + timedelta(seconds=2))) < timedelta(seconds=0.1)


def test_a_gateway_clock_that_was_set_back_is_learned_again(registry: Registry, keep: Keep, plain: Connection) -> None:
    for second in range(3):
        keep(Sender(registry).event(Seen.CONNECTING, second))
    set_back = Sender(registry, timedelta(hours=-1))
    outcomes = [keep(set_back.event(Seen.OPEN, second)).outcome for second in range(10, 22)]
    assert outcomes[0] == "late"
    assert outcomes[-1] == "applied"
    assert instance(plain)["status"] == "connected"


def test_an_event_of_an_earlier_life_is_only_kept(sender: Sender, keep: Keep, plain: Connection) -> None:
    plain.execute("UPDATE wa_sessions SET generation = 2")
    mine = sender.registry.instance_id
    kept = keep(sender.event(Seen.OPEN, 1, claimed_id=mine, generation=1))
    assert (kept.verdict, kept.outcome) == (Verdict.IGNORED, "generation")
    row = instance(plain)
    assert (row["status"], row["webhook_proven"], row["last_webhook_event_at"]) == ("disconnected", False, None)
    assert keep(sender.event(Seen.OPEN, 2, claimed_id=mine, generation=2)).outcome == "applied"


def test_an_open_on_another_server_is_a_candidate_for_a_check(sender: Sender, keep: Keep, plain: Connection) -> None:
    other = rows.server(plain, "evo-2")
    elsewhere = Sender(replace(sender.registry, server_id=other))
    moved = elsewhere.event(Seen.OPEN, 1, claimed_id=sender.registry.instance_id)
    assert keep(moved).outcome == "foreign_server"
    row = instance(plain)
    assert (row["status"], row["needs_check"], row["webhook_proven"]) == ("disconnected", True, False)


def test_a_sender_bound_to_its_own_instances_cannot_speak_of_others(
    sender: Sender, keep: Keep, plain: Connection
) -> None:
    other = rows.server(plain, "evo-2")
    before = instance(plain)
    foreign = sender.event(Seen.OPEN, 1, claimed_id=sender.registry.instance_id, server_id=other, assigned_only=True)
    assert keep(foreign).outcome == "unknown_instance"
    assert instance(plain) == before


def test_a_namesake_on_another_server_is_not_our_instance(sender: Sender, keep: Keep, plain: Connection) -> None:
    other = rows.server(plain, "evo-2")
    kept = keep(sender.event(Seen.OPEN, 1, server_id=other))
    assert (kept.verdict, kept.outcome) == (Verdict.IGNORED, "unknown_instance")
    assert plain.execute("SELECT session_id FROM webhook_events").fetchall() == [{"session_id": None}]


@pytest.mark.parametrize("more", [{"claimed_id": uuid4()}, {"instance_name": "nobody"}])
def test_an_event_of_an_unknown_instance_is_kept(
    more: dict[str, Any], sender: Sender, keep: Keep, plain: Connection
) -> None:
    assert keep(sender.event(Seen.OPEN, 1, **more)).outcome == "unknown_instance"
    assert keep(sender.event(Seen.OPEN, 1, **more)).verdict is Verdict.DUPLICATE
    assert count(plain, "webhook_events") == 1
    assert instance(plain)["status"] == "disconnected"


def test_an_event_without_meaning_is_kept_and_proves_that_the_webhook_arrives(
    sender: Sender, keep: Keep, plain: Connection
) -> None:
    kept = keep(sender.event(None, 1))
    assert (kept.verdict, kept.outcome) == (Verdict.IGNORED, "unknown_event")
    assert instance(plain)["last_webhook_event_at"] is not None


def test_an_event_of_a_server_that_was_removed_is_told(sender: Sender, keep: Keep, plain: Connection) -> None:
    assert keep(sender.event(Seen.OPEN, 1, server_id=uuid4())).verdict is Verdict.UNKNOWN_SERVER
    assert count(plain, "webhook_events") == 0


def test_old_events_are_forgotten_the_oldest_first_and_a_few_at_a_time(
    sender: Sender, keep: Keep, plain: Connection, database: Database
) -> None:
    for second in range(5):
        keep(sender.event(Seen.CONNECTING, second))
    later = NOW + events.KEPT + timedelta(seconds=3)
    with database.transaction() as connection:
        assert events.forget_old(connection, later, at_most=2) == 2
        assert events.forget_old(connection, later, at_most=2) == 1
        assert events.forget_old(connection, later, at_most=2) == 0
    left = plain.execute("SELECT received_at FROM webhook_events ORDER BY received_at").fetchall()
    assert [row["received_at"] for row in left] == [NOW + timedelta(seconds=second + 0.01) for second in (3, 4)]


def test_one_event_delivered_by_many_at_once_is_kept_once(database_url: str, sender: Sender, plain: Connection) -> None:
    verdicts = at_once(database_url, [sender.event(Seen.OPEN, 1)] * 16)
    assert sorted(verdicts) == [Verdict.ACCEPTED] + [Verdict.DUPLICATE] * 15
    assert count(plain, "status_transitions") == 1
    assert instance(plain)["revision"] == 1


def test_events_at_once_end_in_the_state_of_the_newest(database_url: str, sender: Sender, plain: Connection) -> None:
    kinds = [Seen.CONNECTING, Seen.OPEN]
    many = [sender.event(kinds[n % 2], n / 100, delay=0.5 - n / 100) for n in range(40)]
    assert Verdict.DUPLICATE not in at_once(database_url, many)
    row = instance(plain)
    assert (row["status"], row["revision"]) == ("connected", 40)
    assert count(plain, "webhook_events") == 40


def test_events_of_many_instances_of_one_server_at_once_do_not_stand_in_each_others_way(
    database_url: str, registry: Registry, plain: Connection
) -> None:
    for number in range(8):
        rows.instance(plain, registry.client_id, registry.server_id, f"n{number}")
    many = [
        Sender(replace(registry, instance_name=f"n{n % 8}")).event(Seen.CONNECTING, n, delay=0.5 - n / 1000)
        for n in range(80)
    ]
    assert Verdict.DUPLICATE not in at_once(database_url, many)
    assert count(plain, "webhook_events") == 80
    assert plain.execute("SELECT clock_offset_ms FROM servers").fetchone() == {"clock_offset_ms": 421}


def at_once(database_url: str, many: list[Incoming]) -> list[Verdict]:
    def keep_one(incoming: Incoming) -> Verdict:
        with closing(Database(database_url)) as own, own.transaction() as connection:
            return events.keep(connection, incoming).verdict

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(keep_one, many))


def instance(plain: Connection) -> dict[str, Any]:
    row = plain.execute("SELECT * FROM wa_sessions WHERE instance_name = 'toko-1'").fetchone()
    assert row is not None
    return row


def count(plain: Connection, table: str) -> int:
    row = plain.execute(f"SELECT count(*) AS n FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row["n"])
