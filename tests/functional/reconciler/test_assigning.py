"""An assignment follows a session once, whoever looks, and leaves exactly one trace."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from sambung.domain.assignment import FoundBy, Place, Presence, Verdict, judge
from sambung.domain.errors import Code
from sambung.edge import assigning
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import Parts
from sambung.gateways.http import Patience
from sambung.gateways.shape import Failed, Gateway, Kind, Memory, Ok, Result
from sambung.store import assignments, doubts
from sambung.store.assignments import Sought
from sambung.store.connection import Connection, Database
from sambung.store.servers import Server
from tests import rows

TOKEN = "our own token"
REFUSED = Failed(Kind.TRANSIENT, Code.SERVER_UNREACHABLE, cause="refused")
NOT_OURS = Failed(Kind.PERMANENT, Code.INSTANCE_EXISTS, 401, "not_ours")


@dataclass
class Node:
    """A server that answers one question; `hangs`: after its caller lost patience."""

    says: Result[Memory | None] = field(default_factory=lambda: Ok(None))
    hangs: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def memory(self, name: str, token: str | None = None) -> Result[Memory | None]:
        self.asked.append((name, token))
        if self.hangs:
            await asyncio.sleep(60)
        return self.says


@dataclass
class Fleet:
    """Servers by name, each with a node behind it, and one instance assigned to the first."""

    parts: Parts
    plain: Connection
    nodes: dict[str, Node]
    ids: dict[str, UUID]
    session_id: UUID

    def session(self) -> Sought:
        with self.parts.database.transaction() as connection:
            return doubts.cases(connection, [self.session_id])[self.session_id].sought

    def places(self) -> list[Server]:
        with self.parts.database.transaction() as connection:
            return list(assignments.places(connection, self.session_id))

    def locate(self, **more: float) -> Mapping[str, Presence]:
        found = self.parts.run(assigning.locate(self.parts, self.session(), self.places(), **more))
        return {name: found[one] for name, one in self.ids.items() if one in found}

    def row(self) -> dict[str, Any]:
        row = self.plain.execute("SELECT * FROM wa_sessions WHERE id = %s", [self.session_id]).fetchone()
        assert row is not None
        return row

    def events(self) -> list[dict[str, Any]]:
        return self.plain.execute("SELECT * FROM sync_events ORDER BY id").fetchall()


def new_parts(database_url: str, key: str, nodes: Mapping[str, Node]) -> Parts:
    settings = Settings("local", database_url, (key,), "http://127.0.0.1:8400", None, None)

    def gateway_for(server: Server, patience: Patience | None = None) -> Gateway:
        return nodes[server.name]  # type: ignore[return-value]

    return Parts(settings, Database(database_url), Keyring(settings.keys), gateway_for)


@pytest.fixture
def kind() -> str:
    """The servers' kind, where a test does not try both."""
    return "webjs"


@pytest.fixture
def fleet(kind: str, database_url: str) -> Iterator[Fleet]:
    nodes = {name: Node() for name in ("node-1", "node-2", "node-3")}
    parts = new_parts(database_url, Fernet.generate_key().decode(), nodes)
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as plain:
        ids = {name: rows.server(plain, name) for name in nodes}
        plain.execute("UPDATE servers SET kind = %s", [kind])
        client = plain.execute("SELECT id FROM clients").fetchone()
        assert client is not None
        session_id = rows.instance(plain, client["id"], ids["node-1"], "toko-1")
        plain.execute("UPDATE wa_sessions SET instance_token_sealed = %s", [parts.keyring.seal(TOKEN)])
        yield Fleet(parts, plain, nodes, ids, session_id)
    parts.close()


def move(fleet: Fleet, name: str = "node-2") -> Verdict:
    return Verdict(Place.MOVED, fleet.ids[name])


@pytest.mark.parametrize("kind", ["webjs", "evolution"])
def test_every_server_is_asked_once_for_this_session(fleet: Fleet) -> None:
    fleet.nodes["node-2"].says = Ok(Memory.CONNECTING)
    fleet.nodes["node-3"].says = REFUSED
    assert fleet.locate() == {
        "node-1": Presence.ABSENT,
        "node-2": Presence.PRESENT,
        "node-3": Presence.UNANSWERED,
    }
    assert {name: len(node.asked) for name, node in fleet.nodes.items()} == dict.fromkeys(fleet.nodes, 1)


@pytest.mark.parametrize("kind", ["evolution"])
def test_a_namesake_that_does_not_take_our_token_is_not_our_session(fleet: Fleet) -> None:
    fleet.nodes["node-2"].says = NOT_OURS
    assert fleet.locate()["node-2"] is Presence.ABSENT


@pytest.mark.parametrize("kind", ["webjs", "evolution"])
def test_without_a_token_a_namesake_elsewhere_is_ours_only_where_names_are_all_there_is(fleet: Fleet) -> None:
    fleet.plain.execute("UPDATE wa_sessions SET instance_token_sealed = NULL")
    fleet.nodes["node-1"].says = fleet.nodes["node-2"].says = Ok(Memory.OPEN)
    by_name = fleet.places()[0].kind == "webjs"
    found = fleet.locate()
    assert (found["node-1"], found["node-2"]) == (
        Presence.CONNECTED,
        Presence.CONNECTED if by_name else Presence.ABSENT,
    )


def test_a_hung_server_is_waited_for_only_a_moment_after_a_hit(fleet: Fleet) -> None:
    fleet.nodes["node-1"].hangs = True
    fleet.nodes["node-2"].says = Ok(Memory.OPEN)
    found = fleet.locate(seconds=50, hurry_s=0.01)
    assert (found["node-1"], found["node-2"]) == (Presence.UNANSWERED, Presence.CONNECTED)


def test_who_does_not_answer_in_time_has_not_answered(fleet: Fleet) -> None:
    for node in fleet.nodes.values():
        node.hangs = True
    assert set(fleet.locate(seconds=0.02).values()) == {Presence.UNANSWERED}


@pytest.mark.parametrize("kind", ["webjs", "evolution"])
def test_switched_off_servers_other_kinds_and_homes_of_namesakes_are_no_places(fleet: Fleet) -> None:
    client = fleet.row()["client_id"]
    other = fleet.plain.execute("INSERT INTO clients (name) VALUES ('Lain') RETURNING id").fetchone()
    assert other is not None and client != other["id"]
    rows.instance(fleet.plain, other["id"], fleet.ids["node-2"], "toko-1")
    fleet.plain.execute("UPDATE servers SET enabled = false WHERE name = 'node-3'")
    stranger = rows.server(fleet.plain, "stranger")
    fleet.plain.execute(
        "UPDATE servers SET kind = CASE %s WHEN 'webjs' THEN 'evolution' ELSE 'webjs' END WHERE id = %s",
        [fleet.places()[0].kind, stranger],
    )
    assert [server.name for server in fleet.places()] == ["node-1"]


def test_the_assignment_follows_with_its_address_its_status_and_one_event(fleet: Fleet) -> None:
    fleet.plain.execute(
        "UPDATE wa_sessions SET verification_failures = 3, needs_check = true,"
        " conflict_since = now(), opened_since_pairing = true"
    )
    fleet.nodes["node-2"].says = Ok(Memory.OPEN)
    found = fleet.parts.run(assigning.locate(fleet.parts, fleet.session(), fleet.places()))
    verdict = judge(fleet.ids["node-1"], found)
    assert assigning.adopt(fleet.parts, fleet.session(), verdict, found_by=FoundBy.SEND)
    row = fleet.row()
    assert (row["server_id"], row["assigned_instance_url"]) == (fleet.ids["node-2"], "https://node-2.example")
    assert (row["status"], row["needs_check"], row["verification_failures"]) == ("connected", False, 0)
    assert row["conflict_since"] is None
    (event,) = fleet.events()
    assert (event["old_url"], event["new_url"]) == ("https://node-1.example", "https://node-2.example")
    assert (event["old_server_id"], event["new_server_id"]) == (fleet.ids["node-1"], fleet.ids["node-2"])
    assert (event["outcome"], event["found_by"], event["session_id"]) == ("moved", "send", fleet.session_id)


@pytest.mark.parametrize(
    ("found_by", "named"),
    [
        (FoundBy.SEND, ["assignment_auto_synced", "instance_sync_successful"]),
        (
            FoundBy.RECONCILE,
            ["assignment_auto_synced", "health_check_corrected_assignment", "instance_sync_successful"],
        ),
    ],
)
def test_a_move_is_told_by_name_with_both_addresses(
    fleet: Fleet, found_by: FoundBy, named: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert assigning.adopt(fleet.parts, fleet.session(), move(fleet), found_by=found_by)
    told = [vars(record) for record in caplog.records]
    assert [line["event"] for line in told] == named
    assert {(line["old_url"], line["new_url"]) for line in told} == {
        ("https://node-1.example", "https://node-2.example")
    }
    with fleet.parts.database.transaction() as connection:
        (kept,) = assignments.moves(connection, fleet.session_id)
    assert (kept["old_server"], kept["new_server"], kept["found_by"]) == ("node-1", "node-2", found_by.value)


def test_of_two_that_adopt_at_once_one_does_and_one_event_is_kept(fleet: Fleet, database_url: str) -> None:
    session, key = fleet.session(), fleet.parts.settings.keys[0]
    many = [new_parts(database_url, key, fleet.nodes) for _ in range(4)]
    adopted: Callable[[Parts], bool] = lambda parts: assigning.adopt(  # noqa: E731 - four callers of one thing
        parts, session, move(fleet), found_by=FoundBy.SEND
    )
    with ThreadPoolExecutor(len(many)) as pool:
        done = list(pool.map(adopted, many))
    for parts in many:
        parts.close()
    assert sorted(done) == [False, False, False, True]
    assert len(fleet.events()) == 1


def test_what_was_assigned_anew_meanwhile_is_left_as_it_is(fleet: Fleet) -> None:
    before = fleet.session()
    assert assigning.adopt(fleet.parts, before, move(fleet, "node-3"), found_by=FoundBy.CHECK)
    assert not assigning.adopt(fleet.parts, before, move(fleet, "node-2"), found_by=FoundBy.SEND)
    assert (fleet.row()["server_id"], len(fleet.events())) == (fleet.ids["node-3"], 1)


def test_a_server_with_another_instance_of_that_name_is_not_adopted(fleet: Fleet) -> None:
    other = fleet.plain.execute("INSERT INTO clients (name) VALUES ('Lain') RETURNING id").fetchone()
    assert other is not None
    rows.instance(fleet.plain, other["id"], fleet.ids["node-2"], "toko-1")
    assert not assigning.adopt(fleet.parts, fleet.session(), move(fleet), found_by=FoundBy.SEND)
    assert (fleet.row()["server_id"], fleet.events()) == (fleet.ids["node-1"], [])


def test_no_other_verdict_changes_an_assignment(fleet: Fleet) -> None:
    for other in set(Place) - {Place.MOVED}:
        verdict = Verdict(other, fleet.ids["node-2"])
        assert not assigning.adopt(fleet.parts, fleet.session(), verdict, found_by=FoundBy.SEND)
    assert fleet.row()["server_id"] == fleet.ids["node-1"]


def test_failed_verifications_are_counted_in_a_row_and_forgotten_by_one_that_succeeds(fleet: Fleet) -> None:
    session, here = fleet.session(), fleet.places()[0]
    assert [assigning.unverified(fleet.parts, session, here) for _ in range(3)] == [1, 2, 3]
    assigning.verified(fleet.parts, session, here)
    assert fleet.row()["verification_failures"] == 0


def test_a_search_in_vain_is_kept_once_however_often_it_is_repeated(fleet: Fleet) -> None:
    for _ in range(3):
        assigning.not_found(fleet.parts, fleet.session(), found_by=FoundBy.SEND)
    assert [one["outcome"] for one in fleet.events()] == ["not_found"]


def test_a_conflict_is_kept_once_with_its_places_until_one_is_verified(fleet: Fleet) -> None:
    found = {fleet.ids[name]: Presence.CONNECTED for name in ("node-2", "node-3")}
    for _ in range(2):
        assigning.conflict(fleet.parts, fleet.session(), found, found_by=FoundBy.CHECK)
    row = fleet.row()
    assert row["conflict_since"] is not None
    assert {one["server_id"] for one in row["conflict_places"]} == {str(one) for one in found}
    assert [one["outcome"] for one in fleet.events()] == ["conflict"]
    assert assigning.adopt(fleet.parts, fleet.session(), move(fleet), found_by=FoundBy.CHECK)
    assert fleet.row()["conflict_since"] is None
