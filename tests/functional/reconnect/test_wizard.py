"""The wizard's steps in their order end with a QR, a connection, or the one thing a person must do."""

import os
from typing import Any
from uuid import uuid4

import pytest

from tests.functional.reconnect.wizard import VERSIONS, World, run_all, tell
from tests.vendor import ask

STORIES = int(os.environ.get("SAMBUNG_WIZARD_STORIES", "20"))


def test_whatever_fails_the_wizard_ends_with_a_qr_a_connection_or_the_right_reason(world: World, seed: int) -> None:
    assert tell(world, seed, STORIES) == []


def prove(world: World, instance_id: str) -> None:
    """An event of it has arrived."""
    with world.parts.database.transaction() as connection:
        connection.execute("UPDATE wa_sessions SET webhook_proven = true WHERE id = %s", [instance_id])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_healthy_number_is_never_restarted(world: World, version: str) -> None:
    number = world.number(version, paired=True)
    prove(world, number.id)
    before = asked(world, version)
    step = number.step("restart")
    assert (step["ok"], step["outcome"], step["next_step"]) == (True, "skipped", "qr")
    assert asked(world, version) == before
    assert number.memory == "open"


def asked(world: World, version: str) -> list[str]:
    """What was asked of the server but reads."""
    acts = ("restart", "logout", "/connect/", "delete", "create")
    return [str(one) for one in world.gateways[version].state()["requests"] if any(act in str(one) for act in acts)]


def test_a_foreign_webhook_is_shown_and_left_and_the_wizard_goes_on(world: World) -> None:
    number = world.number("2.3.6", paired=False)
    body = {"webhook": {"enabled": True, "url": "https://bot.example.com/hook", "events": ["CONNECTION_UPDATE"]}}
    ask(number.gateway, "POST", f"/webhook/set/{number.name}", body, expected={201})
    step = number.step("webhook")
    assert (step["ok"], step["outcome"], step["code"]) == (True, "skipped", "webhook_elsewhere")
    assert "bot.example.com" in step["detail"]
    assert run_all(number).what == "qr"
    found = world.api.get(f"/api/instances/{number.id}").json["webhook"]
    assert (found["state"], found["url_host"]) == ("elsewhere", "bot.example.com")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_code_that_our_logout_ended_is_never_called_ready(world: World, version: str) -> None:
    """Without WhatsApp in reach a server goes on answering with the last code it made."""
    number = world.number(version, paired=False)
    number.gateway.control(f"instances/{number.name}/offline", {"on": True})
    assert run_all(number).what in {"qr_not_ready", "redialling"}


def test_a_busy_instance_is_waited_for(world: World) -> None:
    number = world.number("2.3.6", paired=False)
    with world.parts.database.transaction() as connection:
        connection.execute(
            "INSERT INTO operations (session_id, instance_name, action, state, actor, correlation_id)"
            " VALUES (%s, 'x', 'restart', 'running', 'x', 'x')",
            [number.id],
        )
    for step in ("check", "webhook", "qr"):
        taken = number.step(step)
        assert (taken["ok"], taken["outcome"], taken["next_step"]) == (True, "waiting", "wait"), taken


def test_every_step_speaks_both_languages_and_says_how_long_it_took(world: World) -> None:
    number = world.number("2.3.6", paired=False)

    def taken(language: str) -> Any:
        path, headers = f"/api/instances/{number.id}/reconnect", {"accept-language": language}
        return world.api.post(path, {"step": "check"}, headers=headers).json

    indonesian, english = taken("id"), taken("en")
    assert indonesian["title"] != english["title"]
    assert indonesian["evidence"]["memory"] == "connecting"
    assert indonesian["duration_ms"] > 0


def test_an_unknown_step_and_an_unknown_instance_are_told(world: World) -> None:
    number = world.number("2.3.6", paired=False)
    assert world.api.post(f"/api/instances/{number.id}/reconnect", {"step": "dance"}).status == 422
    assert world.api.post(f"/api/instances/{uuid4()}/reconnect", {"step": "check"}).status == 404
    assert world.api.as_("[viewer]").post(f"/api/instances/{number.id}/reconnect", {"step": "check"}).status == 403
