"""P6: whatever happens on the line, a message reaches a gateway once at most, and who asked is told what is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from manage_instance import delivering
from simulator.process import SimulatorProcess
from tests.functional.sending.conftest import Fleet, Number, connect_there, sent
from tests.functional.sending.proxy import Fate, Proxy

SAME = {"correlation_id": "each request has its own"}
CUTS = [fate for fate in Fate if fate is not Fate.PASSED]


@dataclass
class Line:
    """A number on a server behind a proxy."""

    proxy: Proxy
    server: SimulatorProcess
    number: Number


@pytest.fixture(params=["webjs", "2.3.6", "1.8.2"])
def line(
    request: pytest.FixtureRequest,
    fleet: Fleet,
    three_nodes: list[SimulatorProcess],
    three_servers: list[SimulatorProcess],
) -> Iterator[Line]:
    """A number that is connected on a server whose line can be cut."""
    name = f"webjs_1_{uuid4().hex[:8]}"
    kind = "webjs" if request.param == "webjs" else "evolution"
    server = {"webjs": three_nodes[0], "2.3.6": three_servers[0], "1.8.2": three_servers[2]}[request.param]
    if kind == "webjs":
        server.control(f"sessions/{name}/appear", {"number": "628111222333"})
    else:
        server.control("webhooks", {"deliver": False})
        connect_there(server, name, f"token of {name}")
    with Proxy(server.url) as proxy:
        number = fleet.number(name, fleet.add(server, kind, url=proxy.url), phone_number="628111222333")
        fleet.change(number, instance_token_sealed=fleet.parts.keyring.seal(f"token of {name}"))
        yield Line(proxy, server, number)


def test_a_message_that_may_have_left_is_told_so_and_never_repeated(
    fleet: Fleet, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for count, fate in enumerate(CUTS, 1):
        monkeypatch.setattr(delivering, "HAND_OVER_WITHIN_S", 0.3 if fate is Fate.LATE else 15.0)
        line.proxy.fate = fate
        first, again = (fleet.send(line.number, key=fate.value) for _ in range(2))
        assert first.status in {502, 504}, first.text
        assert (first.json["action"], "may have been sent" in first.json["title"]) == ("view_diagnosis", True)
        line.proxy.fate = Fate.PASSED
        mended = fleet.send(line.number, key=fate.value)
        for later in (again, mended):
            assert (later.status, later.json | SAME) == (first.status, first.json | SAME), fate
        assert line.proxy.arrived == count, fate
        assert fleet.operations(line.number)[-1] == ("needs_operator", first.json["code"])
        told = fleet.api.get("/api/ops-logs?action=send").json["items"][0]
        assert (told["status"], told["operation_id"]) == ("unknown", first.json["params"]["operation_id"])
    assert fleet.row(line.number)["needs_check"] is True
    assert len(sent(line.server, line.number.name)) == len({Fate.SWALLOWED, Fate.TORN, Fate.LATE})


def test_a_message_that_provably_never_left_may_be_sent_under_the_same_key(fleet: Fleet, line: Line) -> None:
    line.proxy.close()
    fleet.proven(line.number)
    first = fleet.send(line.number, key="satu")
    assert (first.status, first.json["code"]) == (502, "server_unreachable"), first.text
    assert "Nothing was sent" in first.json["detail"]
    line.proxy.open()
    assert fleet.send(line.number, key="satu").status == 201
    assert (line.proxy.arrived, len(sent(line.server, line.number.name))) == (1, 1)
    assert [state for state, _ in fleet.operations(line.number)] == ["failed", "succeeded"]


def test_a_repeated_key_gets_the_first_answer_and_sends_nothing(fleet: Fleet, line: Line) -> None:
    first, again = (fleet.send(line.number, key="satu") for _ in range(2))
    assert (first.status, again.status, again.json) == (201, 201, first.json)
    other = fleet.send(line.number, "another text", key="satu")
    assert (other.status, other.json["code"]) == (422, "invalid_request")
    assert line.proxy.arrived == 1
