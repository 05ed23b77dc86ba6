"""What findings make of each other: order, reason, what is left out, who is calmed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.diagnosis.diagnose import diagnose, reason
from sambung.domain.diagnosis.facts import Facts, Registry, Says
from sambung.domain.diagnosis.finding import Severity
from sambung.domain.diagnosis.masking import masked, masked_number
from sambung.domain.diagnosis.questions import Question, Verdict, four_questions
from sambung.domain.diagnosis.truth import Disagreement, contradictions
from sambung.domain.errors import Action, Code
from sambung.domain.instance import Desired, Status, WebhookState
from sambung.edge.texts import title_and_detail
from tests.unit.domain.diagnosis import test_rules
from tests.unit.domain.diagnosis.made import (
    NOW,
    NUMBER,
    OTHER_NUMBER,
    ago,
    closed,
    dialling,
    elsewhere,
    hook,
    said,
    twin,
    unreached,
    well,
)

STAGED = [case.facts for cases in test_rules.CASES.values() for case in cases]


def _codes(facts: Facts) -> list[Code]:
    return [one.code for one in diagnose(facts)]


def test_a_healthy_number_has_no_findings() -> None:
    assert diagnose(well()) == ()
    assert reason(()) is None


def test_nothing_known_is_nothing_claimed() -> None:
    assert _codes(Facts(NOW, Registry(Status.CONNECTED, NOW))) == []


def test_a_server_that_is_away_explains_what_follows_from_it() -> None:
    facts = unreached(Code.SERVER_UNREACHABLE, "refused")
    facts = replace(facts, registry=dialling(600).registry)
    assert _codes(facts) == [Code.SERVER_UNREACHABLE]


def test_the_first_critical_finding_is_the_reason_and_a_cause_comes_before_its_symptom() -> None:
    facts = replace(dialling(600), webhook=hook(WebhookState.MISSING).webhook)
    assert _codes(facts) == [Code.WEBHOOK_MISSING, Code.STUCK_CONNECTING]
    found = reason(diagnose(facts))
    assert found is not None and found.code is Code.WEBHOOK_MISSING


def test_the_worst_comes_first() -> None:
    severities = [one.severity for one in diagnose(replace(hook(WebhookState.ELSEWHERE), memory=closed().memory))]
    assert severities == [Severity.CRITICAL, Severity.WARNING]


def test_a_parked_number_alarms_nobody_but_its_server_may() -> None:
    parked = {"desired": Desired.PARKED}
    facts = replace(closed(), registry=replace(closed().registry, desired=Desired.PARKED))
    assert {one.severity for one in diagnose(facts)} == {Severity.INFO}
    facts = unreached(Code.SERVER_UNREACHABLE, "dns")
    facts = replace(facts, registry=well(registry=parked).registry)
    assert [one.severity for one in diagnose(facts)] == [Severity.CRITICAL]


@given(st.sampled_from(STAGED), st.sampled_from(STAGED), st.sampled_from(STAGED), st.sampled_from(["id", "en"]))
def test_any_facts_together_have_an_answer_that_can_be_told(
    one: Facts, two: Facts, three: Facts, language: str
) -> None:
    facts = replace(
        one,
        registry=two.registry,
        memory=three.memory,
        listed=two.listed,
        webhook=three.webhook,
        elsewhere=two.elsewhere,
        transitions=three.transitions,
        pairings=two.pairings,
    )
    findings = diagnose(facts)
    assert len({found.code for found in findings}) == len(findings)
    for found in findings:
        title, detail = title_and_detail(found.code, found.params, language)
        assert title and detail and not set("{}[]") & set(title + detail)
        json.dumps(dict(found.evidence))
    assert len(four_questions(facts, findings)) == 4


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (said(Says.DISCONNECTED, Says.CONNECTED), Disagreement.GHOST_OPEN),
        (said(Says.CONNECTING, Says.CONNECTED), Disagreement.GHOST_OPEN),
        (said(Says.CONNECTED, Says.ABSENT), Disagreement.MEMORY_ONLY),
        (said(Says.ABSENT, Says.CONNECTED), Disagreement.LIST_ONLY),
        (said(Says.CONNECTED, Says.DISCONNECTED), Disagreement.LIST_BEHIND),
        (said(Says.DISCONNECTED, status=Status.CONNECTED), Disagreement.REGISTRY_BEHIND),
        (said(Says.ABSENT, elsewhere=elsewhere(twin(same_name=True, ours=True))), Disagreement.MOVED),
        (hook(WebhookState.ELSEWHERE), Disagreement.WEBHOOK_ELSEWHERE),
    ],
    ids=lambda value: value.value if isinstance(value, Disagreement) else "",
)
def test_each_disagreement_has_its_name(facts: Facts, name: Disagreement) -> None:
    assert name in {one.name for one in contradictions(facts)}


@pytest.mark.parametrize(
    "facts", [well(), said(Says.UNKNOWN, Says.CONNECTED), well(memory=None), well(listed=None), closed()]
)
def test_sources_that_agree_or_are_silent_contradict_nobody(facts: Facts) -> None:
    assert contradictions(facts) == ()


def _verdicts(facts: Facts) -> dict[Question, tuple[Verdict, Code | None]]:
    answers = four_questions(facts, diagnose(facts))
    return {one.question: (one.verdict, one.because and one.because.code) for one in answers}


def test_the_four_questions_of_a_healthy_number_are_answered_green() -> None:
    assert set(_verdicts(well()).values()) == {(Verdict.OK, None)}


def test_the_four_questions_name_what_decides() -> None:
    facts = replace(dialling(600), webhook=hook(WebhookState.MISSING).webhook)
    assert _verdicts(facts) == {
        Question.EVOLUTION_UP: (Verdict.OK, None),
        Question.WEBHOOK_CONNECTED: (Verdict.FAILED, Code.WEBHOOK_MISSING),
        Question.WHY_NO_QR: (Verdict.FAILED, Code.STUCK_CONNECTING),
        Question.NEXT_STEP: (Verdict.FAILED, Code.WEBHOOK_MISSING),
    }


def test_a_server_that_is_away_answers_the_question_of_the_qr_too() -> None:
    assert _verdicts(
        unreached(
            Code.SERVER_UNREACHABLE,
            "tls",
        )
    ) == {
        Question.EVOLUTION_UP: (Verdict.FAILED, Code.SERVER_UNREACHABLE),
        Question.WEBHOOK_CONNECTED: (Verdict.OK, None),
        Question.WHY_NO_QR: (Verdict.OK, None),
        Question.NEXT_STEP: (Verdict.FAILED, Code.SERVER_UNREACHABLE),
    }
    facts = replace(unreached(Code.SERVER_UNREACHABLE, "tls"), registry=closed().registry)
    assert _verdicts(facts)[Question.WHY_NO_QR] == (Verdict.FAILED, Code.SERVER_UNREACHABLE)


def test_a_slow_server_and_an_unproven_webhook_are_yellow() -> None:
    slow = replace(hook(WebhookState.OK, proven=False), reach=test_rules.Fact(test_rules.Reach(latency_ms=5001), NOW))
    assert _verdicts(slow)[Question.EVOLUTION_UP] == (Verdict.WARNING, None)
    assert _verdicts(slow)[Question.WEBHOOK_CONNECTED] == (Verdict.WARNING, None)


def test_an_unasked_server_is_grey() -> None:
    assert _verdicts(well(reach=None, memory=None))[Question.EVOLUTION_UP] == (Verdict.UNKNOWN, None)


def test_a_code_on_offer_leaves_no_question_open() -> None:
    assert _verdicts(dialling(30, qr_age=5))[Question.WHY_NO_QR] == (Verdict.OK, None)


def test_the_next_step_of_the_worst_finding_is_offered() -> None:
    facts = closed(Code.LOGGED_OUT_BY_PHONE)
    assert four_questions(facts, diagnose(facts))[3].action is Action.CONNECT


def test_numbers_are_masked_wherever_they_stand_and_nothing_else_is() -> None:
    assert masked_number(NUMBER) == "6281******890"
    found = masked({"expected": NUMBER, "said": [f"now {OTHER_NUMBER}."], "age_s": 1234567890, "code": "close_440"})
    assert found == {
        "expected": "6281******890",
        "said": ["now 6281******999."],
        "age_s": 1234567890,
        "code": "close_440",
    }


def test_a_change_of_number_names_both() -> None:
    facts = well(registry={"expected_number": OTHER_NUMBER, "recent_opens": (ago(1),)})
    found = diagnose(facts)[0]
    assert (found.params["expected"], found.params["number"]) == (OTHER_NUMBER, NUMBER)
