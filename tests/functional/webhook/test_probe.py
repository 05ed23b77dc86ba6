"""What a probe instance tells proves the webhook it was made for, and nothing else, whoever says it."""

from dataclasses import replace

import pytest

from sambung.edge.keyring import Keyring
from tests.functional.webhook.conftest import Gateway, Look
from tests.rows import Registry

PROBE = "sambung-probe"


@pytest.fixture
def probe(modern: Gateway, keyring: Keyring, registry: Registry, instance: Look) -> Gateway:
    """A probe made for `toko-1`, whose webhook was read back and is ours."""
    instance.plain.execute("UPDATE wa_sessions SET webhook_state = 'ok'")
    proves = f"{registry.instance_id}.1"
    mark = keyring.probe_mark(registry.server_id, PROBE, proves)
    path = f"/webhooks/{registry.server_id}?i=probe.{proves}.{mark}"
    return replace(modern, instance_name=PROBE, path=path)


def test_its_making_proves_the_webhook_and_changes_nothing_else(probe: Gateway, instance: Look) -> None:
    before = instance()
    assert probe.sends("instance.create", {"instanceName": PROBE}).json == {"status": "accepted"}
    assert instance() == {**before, "webhook_proven": True}


@pytest.mark.parametrize("wrong", ["mark", "generation", "name", "state"])
def test_a_mark_that_is_not_ours_or_of_another_life_proves_nothing(probe: Gateway, instance: Look, wrong: str) -> None:
    said = {
        "mark": replace(probe, path=probe.path[:-4] + "0000"),
        "generation": probe,
        "name": replace(probe, instance_name="toko-1"),
        "state": probe,
    }[wrong]
    if wrong == "generation":
        instance.plain.execute("UPDATE wa_sessions SET generation = 2")
    if wrong == "state":
        instance.plain.execute("UPDATE wa_sessions SET webhook_state = 'incomplete'")
    before = instance()
    assert said.connection("open").status == 200
    assert instance() == before


def test_a_secret_in_the_path_makes_no_probe(probe: Gateway, keyring: Keyring, instance: Look) -> None:
    token = keyring.path_token(probe.server_id)
    by_path = replace(probe, path=probe.path.replace("?", f"/t/{token}?"), headers={})
    assert by_path.sends("instance.create", {}).json == {"status": "ignored"}
    assert not instance()["webhook_proven"]
