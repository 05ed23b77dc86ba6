"""A webhook counts as proven when an event came by it, and each state of a session has its own way to make one come."""

from contextlib import closing

import pytest
from cryptography.fernet import Fernet

from sambung.edge.keyring import Keyring
from sambung.store.connection import Database
from simulator.process import SimulatorProcess
from tests.functional.set_webhook.shop import Shop, probes, told_by_probes
from webhook.handler import Door

PROVEN, NOT_YET = "set and proven", "set, not proven yet"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come is not waited for."""
    monkeypatch.setattr("manage_instance.proving.PROOF_WITHIN_S", 0.4)


@pytest.fixture(params=["old", "modern"])
def gateway(request: pytest.FixtureRequest, old: SimulatorProcess, modern: SimulatorProcess) -> SimulatorProcess:
    """Both generations."""
    return old if request.param == "old" else modern


def test_the_next_event_of_a_connecting_number_proves_it(shop: Shop, gateway: SimulatorProcess) -> None:
    shop.takes_in(gateway, connecting=True)
    assert shop.sets_webhook()["verified"] == PROVEN
    assert shop.webhook() == ("ok", True)


def test_a_connected_number_proves_it_by_a_message_to_itself(shop: Shop, gateway: SimulatorProcess) -> None:
    shop.takes_in(gateway, number="6281234567890")
    assert shop.sets_webhook()["verified"] == PROVEN
    assert shop.webhook() == ("ok", True)
    assert [r["path"] for r in gateway.state()["requests"] if "sendText" in r["path"]]


def test_a_closed_number_is_proven_by_a_probe_that_is_gone_at_once(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    assert shop.sets_webhook()["verified"] == PROVEN
    assert shop.webhook() == ("ok", True)
    assert told_by_probes(modern) == {"instance.create"}
    assert probes(modern) == []
    row = shop.plain.execute("SELECT last_webhook_event_at, status FROM wa_sessions").fetchone()
    assert row == {"last_webhook_event_at": None, "status": "disconnected"}


def test_a_probe_is_nobodys_number(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    shop.sets_webhook()
    assert [one["instance_name"] for one in shop.api.get("/api/instances").json["items"]] == ["toko"]
    assert shop.api.get("/api/servers").json["items"][0]["instance_count"] == 1
    kept = shop.plain.execute("SELECT event, outcome, session_id FROM webhook_events WHERE instance_name <> 'toko'")
    assert kept.fetchall() == [{"event": "instance.create", "outcome": "probe", "session_id": None}]


def test_a_number_connected_without_a_message_is_proven_by_a_probe(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern, number="6281234567891")
    sent = len([r for r in modern.state()["requests"] if "sendText" in r["path"]])
    assert shop.sets_webhook(test=False)["verified"] == PROVEN
    assert len([r for r in modern.state()["requests"] if "sendText" in r["path"]]) == sent


@pytest.mark.usefixtures("impatient")
def test_a_closed_number_of_a_server_that_tells_of_no_making_is_set_and_not_proven(
    shop: Shop, old: SimulatorProcess
) -> None:
    shop.takes_in(old)
    assert shop.sets_webhook()["verified"] == NOT_YET
    assert shop.webhook() == ("ok", False)
    assert list(old.instances()) == ["toko"]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("state", ["closed", "connecting", "connected"])
def test_a_server_that_cannot_reach_us_proves_nothing_and_keeps_no_probe(
    shop: Shop, gateway: SimulatorProcess, state: str
) -> None:
    shop.cannot_be_reached()
    shop.takes_in(gateway, connecting=state == "connecting", number="6281234567892" if state == "connected" else None)
    assert shop.sets_webhook()["verified"] == NOT_YET
    assert shop.webhook() == ("ok", False)
    assert list(gateway.instances()) == ["toko"]


@pytest.mark.usefixtures("impatient")
def test_a_probe_with_another_secret_proves_nothing(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    with closing(Database(shop.parts.settings.database_url)) as database:
        shop.doorstep.door = Door(database, Keyring([Fernet.generate_key().decode()]))
        assert shop.sets_webhook()["verified"] == NOT_YET
    assert probes(modern) == []


def test_what_is_proven_is_not_probed_again(shop: Shop, modern: SimulatorProcess) -> None:
    shop.takes_in(modern)
    for _ in range(2):
        assert shop.sets_webhook()["verified"] == PROVEN
    row = shop.plain.execute("SELECT count(*) AS n FROM webhook_events WHERE outcome = 'probe'").fetchone()
    assert row == {"n": 1}
