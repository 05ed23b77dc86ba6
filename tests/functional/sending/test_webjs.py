"""A message leaves from the node where its session really lives, and from no other; wherever the row says it is."""

import json
import sys
import time
from collections.abc import Callable
from uuid import uuid4

import pytest

from manage_instance import delivering
from sambung.edge import observing
from simulator.process import SimulatorProcess
from tests.functional.sending.conftest import RECIPIENT, Fleet, Number, reads, sent

Nodes = list[SimulatorProcess]
Told = Callable[[], list[tuple[str, str | None, str | None]]]


@pytest.fixture
def number(fleet: Fleet, nodes: Nodes) -> Number:
    """Assigned to the first node; no node has its session yet."""
    assert nodes
    return fleet.number(f"webjs_1_{uuid4().hex[:8]}", fleet.ids[0], phone_number="628111222333")


def appear(node: SimulatorProcess, number: Number) -> None:
    node.control(f"sessions/{number.name}/appear", {"number": "628111222333"})


def vanish(node: SimulatorProcess, number: Number) -> None:
    node.control(f"sessions/{number.name}/vanish")


def taken(nodes: Nodes, number: Number) -> list[list[str]]:
    """What each node was asked to send for the number."""
    return [sent(node, number.name) for node in nodes]


class Stdout:
    """Standard output as it is when written to: pytest changes it between a fixture and its test."""

    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Told:
    """The named events in the log so far, with their addresses."""
    monkeypatch.setattr(observing.logger.handlers[0], "stream", Stdout())

    def events() -> list[tuple[str, str | None, str | None]]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [(line["event"], line.get("old_url"), line.get("new_url")) for line in lines if "event" in line]

    return events


def test_a_message_is_verified_sent_once_and_recorded(fleet: Fleet, nodes: Nodes, number: Number, told: Told) -> None:
    appear(nodes[0], number)
    reply = fleet.send(number, "halo", to="0812-3456 7890")
    assert reply.status == 201, reply.text
    assert (reply.json["server_id"], reply.json["verified"], reply.json["moved"]) == (str(fleet.ids[0]), True, False)
    assert RECIPIENT in reply.json["message_id"]
    assert taken(nodes, number) == [["halo"], [], []]
    assert told() == [("session_verified", nodes[0].url, nodes[0].url)]
    row = fleet.row(number)
    assert (row["status"], row["last_send_error"], row["last_send_ok_at"] is not None) == ("connected", None, True)
    (line,) = fleet.api.get("/api/ops-logs?action=send").json["items"]
    assert (line["status"], line["operation_id"]) == ("ok", reply.json["operation_id"])
    assert RECIPIENT not in json.dumps(line)
    assert fleet.api.get(f"/api/operations/{reply.json['operation_id']}").json["state"] == "succeeded"


def test_a_number_just_seen_connected_is_not_asked_for_again(fleet: Fleet, nodes: Nodes, number: Number) -> None:
    appear(nodes[0], number)
    fleet.proven(number)
    assert [fleet.send(number, text).status for text in ("satu", "dua")] == [201, 201]
    assert (taken(nodes, number)[0], reads(nodes[0], number.name)) == (["satu", "dua"], 0)


def test_a_moved_session_is_found_its_row_healed_and_the_message_sent_from_there(
    fleet: Fleet, nodes: Nodes, number: Number, told: Told
) -> None:
    appear(nodes[1], number)
    reply = fleet.send(number)
    assert (reply.status, reply.json["server_id"], reply.json["moved"]) == (201, str(fleet.ids[1]), True)
    assert taken(nodes, number) == [[], ["halo"], []]
    row = fleet.row(number)
    assert (row["server_id"], row["assigned_instance_url"]) == (fleet.ids[1], nodes[1].url)
    assert (row["status"], row["verification_failures"]) == ("connected", 0)
    (event,) = fleet.sync_events(number)
    assert (event["found_by"], event["outcome"]) == ("send", "moved")
    assert (event["old_server_id"], event["new_url"]) == (fleet.ids[0], nodes[1].url)
    assert told() == [
        ("session_not_on_assigned_server", nodes[0].url, None),
        ("assignment_auto_synced", nodes[0].url, nodes[1].url),
        ("instance_sync_successful", nodes[0].url, nodes[1].url),
    ]


def test_evidence_that_was_true_a_moment_ago_costs_one_refusal_and_no_message(
    fleet: Fleet, nodes: Nodes, number: Number
) -> None:
    appear(nodes[2], number)
    fleet.proven(number)
    reply = fleet.send(number)
    assert (reply.status, reply.json["server_id"], reply.json["moved"]) == (201, str(fleet.ids[2]), True)
    # The first node was told the message and said that it has no such session.
    assert taken(nodes, number) == [["halo"], [], ["halo"]]
    assert fleet.operations(number) == [("succeeded", None)]


def test_the_assigned_node_is_right_whoever_else_lists_the_session(fleet: Fleet, nodes: Nodes, number: Number) -> None:
    for node in nodes:
        appear(node, number)
    assert fleet.send(number).json["server_id"] == str(fleet.ids[0])
    assert (taken(nodes, number), fleet.sync_events(number)) == ([["halo"], [], []], [])


def test_a_hung_assigned_node_is_waited_for_beside_the_others(
    fleet: Fleet, nodes: Nodes, number: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "HEAD_START_S", 0.05)
    appear(nodes[1], number)
    nodes[0].control("faults", {"slow_s": 30})
    reply = fleet.send(number)
    assert (reply.status, reply.json["moved"]) == (201, True), reply.text
    assert taken(nodes, number)[1:] == [["halo"], []]


def test_silence_proves_nothing_and_nothing_is_sent(
    fleet: Fleet, nodes: Nodes, number: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "SEARCH_WITHIN_S", 1.0)
    nodes[0].control("faults", {"slow_s": 30})
    reply = fleet.send(number)
    assert (reply.status, reply.json["code"], reply.json["action"]) == (502, "server_unreachable", "check_server")
    assert "VPS 1" in reply.json["detail"]
    assert "Nothing was sent" in reply.json["detail"]
    row = fleet.row(number)
    assert (row["server_id"], row["needs_check"], taken(nodes, number)) == (fleet.ids[0], True, [[], [], []])


def test_a_session_that_no_node_has_is_said_to_be_nowhere(fleet: Fleet, nodes: Nodes, number: Number) -> None:
    replies = [fleet.send(number) for _ in range(2)]
    assert [(r.status, r.json["code"], r.json["action"]) for r in replies] == [
        (404, "session_not_found_anywhere", "recreate")
    ] * 2
    assert taken(nodes, number) == [[], [], []]
    assert [event["outcome"] for event in fleet.sync_events(number)] == ["not_found"]
    assert fleet.row(number)["verification_failures"] == 2


def test_two_strangers_that_both_have_the_session_block_it(fleet: Fleet, nodes: Nodes, number: Number) -> None:
    for node in nodes[1:]:
        appear(node, number)
    first = fleet.send(number)
    asked = reads(nodes[0], number.name)
    again = fleet.send(number)
    for reply in (first, again):
        assert (reply.status, reply.json["code"]) == (409, "conflict_two_servers")
        assert reply.json["action"] == "view_diagnosis"
        assert "VPS 2, VPS 3" in reply.json["detail"]
    assert taken(nodes, number) == [[], [], []]
    assert reads(nodes[0], number.name) == asked, "a known conflict needs no look"
    assert fleet.row(number)["server_id"] == fleet.ids[0]


def test_a_session_that_waits_for_its_scan_is_not_connected(fleet: Fleet, nodes: Nodes, number: Number) -> None:
    appear(nodes[0], number)
    nodes[0].control(f"sessions/{number.name}/drop", {"reason": "LOGOUT"})
    fleet.change(number, status="connecting", qr_at=fleet.parts.now())
    reply = fleet.send(number)
    assert (reply.status, reply.json["code"], reply.json["action"]) == (409, "not_connected", "connect")
    assert "scan the QR" in reply.json["detail"]
    assert taken(nodes, number) == [[], [], []]
    assert (fleet.row(number)["last_send_error"], fleet.operations(number)) == (None, [("failed", "not_connected")])


def test_a_node_outlives_that_we_hang_up_on_a_slow_message(
    fleet: Fleet, nodes: Nodes, number: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "HAND_OVER_WITHIN_S", 0.3)
    appear(nodes[0], number)
    nodes[0].control("faults", {"slow_s": 1.0, "routes": ["send_text"]})
    reply = fleet.send(number)
    assert (reply.status, reply.json["code"]) == (504, "server_timeout")
    assert "may have been sent" in reply.json["title"]
    while not taken(nodes, number)[0]:
        time.sleep(0.05)
    assert taken(nodes, number) == [["halo"], [], []]
    assert nodes[0].instances()[number.name]["connected"]
