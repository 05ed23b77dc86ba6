"""A message leaves from the node where its session really lives, and from no other; wherever the row says it is."""

import json

import pytest

from simulator.process import SimulatorProcess
from tests.functional.sending.conftest import RECIPIENT, Fleet, Number, reads, sent

Nodes = list[SimulatorProcess]


@pytest.fixture
def number(fleet: Fleet, nodes: Nodes) -> Number:
    """Assigned to the first node; no node has its session."""
    assert nodes
    return fleet.number("webjs_1_toko", fleet.ids[0])


def appear(node: SimulatorProcess, number: Number) -> None:
    node.control(f"sessions/{number.name}/appear", {"number": "628111222333"})


def told(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str | None, str | None]]:
    """The named events in the log, with their addresses."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [(line["event"], line.get("old_url"), line.get("new_url")) for line in lines if "event" in line]


def test_a_message_is_verified_sent_once_and_recorded(
    fleet: Fleet, nodes: Nodes, number: Number, capsys: pytest.CaptureFixture[str]
) -> None:
    appear(nodes[0], number)
    capsys.readouterr()
    reply = fleet.send(number, "halo", to="0812-3456 7890")
    assert reply.status == 201, reply.text
    assert (reply.json["server_id"], reply.json["verified"], reply.json["moved"]) == (str(fleet.ids[0]), True, False)
    assert RECIPIENT in reply.json["message_id"]
    assert [sent(node) for node in nodes] == [["halo"], [], []]
    assert told(capsys) == [("session_verified", nodes[0].url, nodes[0].url)]
    row = fleet.row(number)
    assert (row["status"], row["last_send_error"], row["last_send_ok_at"] is not None) == ("connected", None, True)
    (line,) = fleet.api.get("/api/ops-logs?action=send").json["items"]
    assert (line["status"], line["operation_id"]) == ("ok", reply.json["operation_id"])
    assert "6281234567890" not in json.dumps(line)
    assert fleet.api.get(f"/api/operations/{reply.json['operation_id']}").json["state"] == "succeeded"


def test_a_number_just_seen_connected_is_not_asked_for_again(fleet: Fleet, nodes: Nodes, number: Number) -> None:
    appear(nodes[0], number)
    assert [fleet.send(number, text).status for text in ("satu", "dua")] == [201, 201]
    assert (sent(nodes[0]), reads(nodes[0], number.name)) == (["satu", "dua"], 1)
