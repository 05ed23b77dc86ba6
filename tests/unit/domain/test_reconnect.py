"""What the wizard does and says next, from the facts alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sambung.domain import reconnect
from sambung.domain.diagnosis.diagnose import diagnose
from sambung.domain.diagnosis.facts import Fact, Facts, KnownServer, Registry, Says, Webhook
from sambung.domain.errors import CATALOGUE, Action, Code
from sambung.domain.instance import Status, WebhookState
from sambung.domain.reconnect import Next, Outcome, Restart, Step

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NEXT = {*Step, *Next, *Action} - {Action.CONNECT, Action.OPEN_WIZARD, Action.NONE}


def facts(memory: Says, **registry: object) -> Facts:
    known = Registry(Status.CONNECTED, NOW - timedelta(minutes=1), **registry)  # type: ignore[arg-type]
    return Facts(
        NOW, known, KnownServer("VPS 1"), memory=Fact(memory, NOW), webhook=Fact(Webhook(WebhookState.OK), NOW)
    )


@pytest.mark.parametrize("code", Code)
def test_every_failure_names_a_step_or_an_action_that_leads_out_of_the_wizard(code: Code) -> None:
    verdict = reconnect.failed(code, {}, {})
    assert verdict.next_step in NEXT
    assert verdict.code is code
    assert verdict.outcome in {Outcome.FAILED, Outcome.WAITING}
    assert CATALOGUE[code]


def test_a_connected_and_proven_number_is_left_alone_and_an_unproven_one_restarted() -> None:
    assert reconnect.restart(facts(Says.CONNECTED, webhook_proven=True)) is Restart.SKIP
    assert reconnect.restart(facts(Says.CONNECTED)) is Restart.RESTART
    sent = replace(facts(Says.CONNECTED), last_send_ok_at=NOW - timedelta(hours=1))
    assert reconnect.restart(sent) is Restart.SKIP
    refused = replace(facts(Says.CONNECTED, webhook_proven=True), last_send_error="not_connected")
    assert reconnect.restart(refused) is Restart.RESTART


def test_a_paired_number_that_dials_again_is_never_logged_out() -> None:
    assert reconnect.restart(facts(Says.CONNECTING, opened_since_pairing=True)) is Restart.WAIT
    assert reconnect.restart(facts(Says.CONNECTING)) is Restart.RELOGIN
    assert reconnect.restart(facts(Says.DISCONNECTED, opened_since_pairing=True)) is Restart.CONNECT


def test_a_foreign_webhook_stops_no_wizard() -> None:
    verdict = reconnect.webhook_failed(Code.WEBHOOK_ELSEWHERE, {"host": "bot.example"}, {})
    assert (verdict.outcome, verdict.next_step) == (Outcome.SKIPPED, Step.RESTART)


def test_a_vanished_instance_stops_the_check_with_its_one_remedy() -> None:
    gone = facts(Says.ABSENT)
    verdict = reconnect.check(gone, diagnose(gone))
    assert (verdict.outcome, verdict.next_step) == (Outcome.FAILED, Action.RECREATE)
