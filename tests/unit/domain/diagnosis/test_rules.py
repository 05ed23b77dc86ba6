"""Every rule with the facts that show its cause and the facts that nearly do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import pytest

from sambung.domain.diagnosis.diagnose import ANSWERS_ONLY, RULES, diagnose
from sambung.domain.diagnosis.facts import Fact, Facts, KnownServer, Pairings, PublicUrl, Reach, Says, WebhookPolicy
from sambung.domain.diagnosis.finding import Finding, Severity
from sambung.domain.errors import Action, Code
from sambung.domain.instance import Source, Status, WebhookState
from tests.unit.domain.diagnosis.made import (
    NOW,
    OTHER_NUMBER,
    ago,
    changed,
    closed,
    dialling,
    elsewhere,
    ended,
    hook,
    said,
    twin,
    unreached,
    well,
)

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
FLAPPING = {"recent_opens": (ago(200), ago(100), ago(10))}
OLD = KnownServer("VPS 1", version="1.6.0", new_qr_after_logout=False)
WEBJS = KnownServer("node 1", kind="webjs", token_proves=False)
TRIED = Pairings(attempts=5, numbers=3, servers=2, first_at=NOW - timedelta(minutes=30))


class Case(NamedTuple):
    """What is known, and how bad that is by this rule: None where it must stay silent."""

    what: str
    facts: Facts
    severity: Severity | None
    cause: str | None = None
    action: Action | None = None


_C = Code
CASES: Mapping[Code, tuple[Case, ...]] = {
    _C.SERVER_UNREACHABLE: (
        Case("refused", unreached(_C.SERVER_UNREACHABLE, "refused"), CRITICAL, "refused"),
        Case(
            "but its events arrive",
            unreached(_C.SERVER_UNREACHABLE, "timeout", server_event_at=ago(30)),
            CRITICAL,
            "webhooks_arrive",
        ),
        Case(
            "its last event is old",
            unreached(_C.SERVER_UNREACHABLE, "timeout", server_event_at=ago(300)),
            CRITICAL,
            "timeout",
        ),
        Case("switched off here", well(server=KnownServer("VPS 1", enabled=False)), CRITICAL, "disabled"),
        Case("answered", well(), None),
        Case("not asked", well(reach=None, memory=None), None),
    ),
    _C.SERVER_TIMEOUT: (
        Case("the list took too long", unreached(_C.SERVER_TIMEOUT, "timeout"), CRITICAL),
        Case("only the memory did", well(memory_failed=Fact(Reach(_C.SERVER_TIMEOUT), NOW), memory=None), CRITICAL),
        Case("slow, but answered", well(reach=Fact(Reach(latency_ms=9000), NOW)), None),
    ),
    _C.LICENSE_REQUIRED: (
        Case("2.4 not activated", unreached(_C.LICENSE_REQUIRED), CRITICAL),
        Case("activated", well(), None),
    ),
    _C.SERVER_KEY_REJECTED: (
        Case("another key", unreached(_C.SERVER_KEY_REJECTED), CRITICAL),
        Case("the key fits", well(), None),
    ),
    _C.SERVER_ERROR: (
        Case("answered 500", unreached(_C.SERVER_ERROR, "fault"), CRITICAL, "fault"),
        Case("a session error was told", said(Says.UNKNOWN, registry={"error": _C.SERVER_ERROR}), CRITICAL),
        Case("answered", well(), None),
    ),
    _C.REPLACED_ELSEWHERE: (
        Case("flapping with 440", well(registry=FLAPPING, transitions=(changed(9, reason="close_440"),)), CRITICAL),
        Case("flapping beside a twin", well(registry=FLAPPING, elsewhere=elsewhere(twin())), CRITICAL),
        Case("flapping alone", well(registry=FLAPPING), None),
        Case("a single 440", well(transitions=(changed(9, reason="close_440"),)), None),
        Case(
            "webjs says CONFLICT",
            well(server=WEBJS, registry={**FLAPPING, "error_evidence": {"reason": "CONFLICT"}}),
            CRITICAL,
        ),
        Case(
            "it was logged out since",
            well(registry=FLAPPING, transitions=(changed(9, reason="close_440"), changed(5, reason="close_401"))),
            None,
        ),
        Case("its twin is closed", well(registry=FLAPPING, elsewhere=elsewhere(twin(Says.DISCONNECTED))), None),
    ),
    _C.UNSTABLE_CONNECTION: (
        Case("three opens, now open", well(registry=FLAPPING), WARNING),
        Case("three opens, now dialling", said(Says.CONNECTING, registry=FLAPPING), CRITICAL),
        Case(
            "three times verified, which a webjs node's claims are not",
            well(server=WEBJS, transitions=tuple(map(changed, (10, 100, 200)))),
            WARNING,
        ),
        Case("two opens", well(registry={"recent_opens": (ago(100), ago(10))}), None),
        Case("one of three is old", well(registry={"recent_opens": (ago(301), ago(100), ago(10))}), None),
        Case("we restarted it", well(registry=FLAPPING, last_operation=ended("restart", "succeeded")), None),
        Case("we are restarting it", well(registry=FLAPPING, open_operation=Fact("restart", ago(5))), None),
    ),
    _C.CONFLICT_TWO_SERVERS: (
        Case("open here and there", well(elsewhere=elsewhere(twin())), CRITICAL),
        Case("found before, and not ended", well(registry={"conflict_on": ("VPS 1", "VPS 2")}), CRITICAL),
        Case("there only listed", well(elsewhere=elsewhere(twin(Says.UNKNOWN))), None),
        Case(
            "a namesake with another number", well(elsewhere=elsewhere(twin(same_number=False, same_name=True))), None
        ),
        Case(
            "two webjs nodes have it, the assigned one has not",
            said(
                Says.DISCONNECTED,
                server=WEBJS,
                elsewhere=elsewhere(twin(same_name=True), twin(same_name=True, server="node 3")),
            ),
            CRITICAL,
        ),
        Case(
            "webjs: the assigned node has it, too",
            well(server=WEBJS, elsewhere=elsewhere(twin(same_name=True), twin(same_name=True, server="node 3"))),
            None,
        ),
    ),
    _C.MOVED: (
        Case(
            "our token opens it on another server",
            said(Says.ABSENT, elsewhere=elsewhere(twin(same_name=True, ours=True))),
            CRITICAL,
            "seen",
        ),
        Case(
            "one webjs node has it",
            said(Says.ABSENT, server=WEBJS, elsewhere=elsewhere(twin(same_name=True, same_number=False))),
            CRITICAL,
            "seen",
        ),
        Case(
            "one webjs node has it connected, the assigned one only has it",
            said(Says.CONNECTING, server=WEBJS, elsewhere=elsewhere(twin(same_name=True, same_number=False))),
            CRITICAL,
            "seen",
        ),
        Case("the number is open elsewhere", closed(elsewhere=elsewhere(twin())), WARNING, "number"),
        Case(
            "a namesake refuses our token",
            said(Says.ABSENT, elsewhere=elsewhere(twin(same_name=True, same_number=False, ours=False))),
            None,
        ),
        Case("it is here", well(elsewhere=elsewhere(twin(same_name=True, ours=True))), None),
    ),
    _C.SESSION_NOT_FOUND_ANYWHERE: (
        Case("no server assigned, none has it", well(server=None, memory=None, elsewhere=elsewhere(asked=2)), CRITICAL),
        Case("no webjs node has it", said(Says.ABSENT, server=WEBJS, elsewhere=elsewhere(asked=3)), CRITICAL),
        Case(
            "one server did not answer", well(server=None, memory=None, elsewhere=elsewhere(asked=2, answered=1)), None
        ),
        Case(
            "a namesake is there",
            well(server=None, memory=None, elsewhere=elsewhere(twin(same_name=True, same_number=False))),
            None,
        ),
        Case("there is no server to ask", well(server=None, memory=None, elsewhere=elsewhere(asked=0)), None),
    ),
    _C.INSTANCE_NOT_FOUND_ON_SERVER: (
        Case("absent in memory and list", said(Says.ABSENT), CRITICAL),
        Case("the list still has it", said(Says.ABSENT, Says.DISCONNECTED), CRITICAL),
        Case(
            "known, and not asked again",
            well(registry={"status": Status.ERROR, "error": _C.INSTANCE_NOT_FOUND_ON_SERVER}, memory=None),
            CRITICAL,
        ),
        Case("missing in the list alone", said(Says.CONNECTED, Says.ABSENT), None),
        Case("seen again", said(Says.CONNECTED, registry={"error": _C.INSTANCE_NOT_FOUND_ON_SERVER}), None),
    ),
    _C.NEEDS_RECREATE: (
        Case("no state for long", said(Says.UNKNOWN, last_event_at=ago(721)), CRITICAL, "half_loaded"),
        Case("just started", said(Says.UNKNOWN, last_event_at=ago(719)), None),
        Case(
            "being deleted by us",
            said(Says.UNKNOWN, last_event_at=ago(721), open_operation=Fact("delete", ago(5))),
            None,
        ),
        Case("1.6 after a logout", closed(_C.LOGGED_OUT_BY_PHONE, server=OLD), CRITICAL, "no_new_qr"),
        Case("1.6, never paired", dialling(5, server=OLD), None),
        Case("1.8 after a logout", closed(_C.LOGGED_OUT_BY_PHONE), None),
    ),
    _C.ACCOUNT_BANNED: (
        Case("told by a close", closed(_C.ACCOUNT_BANNED), CRITICAL),
        Case("told by the list alone", said(Says.DISCONNECTED, row={"close_reason": 403}), CRITICAL),
        Case("an old reason of an open number", said(Says.CONNECTED, row={"close_reason": 403}), None),
    ),
    _C.NUMBER_CHANGED: (
        Case("another phone scanned", well(registry={"expected_number": OTHER_NUMBER}), CRITICAL),
        Case("nothing is expected", well(), None),
        Case("not connected now", closed(elsewhere=elsewhere()), None),
    ),
    _C.LOGGED_OUT_BY_PHONE: (
        Case("told by a close", closed(_C.LOGGED_OUT_BY_PHONE), CRITICAL),
        Case(
            "told by the list alone",
            said(Says.DISCONNECTED, row={"close_reason": 401, "closed_by": "phone"}),
            CRITICAL,
        ),
        Case("logged out by the API", said(Says.DISCONNECTED, row={"close_reason": 401, "closed_by": "api"}), None),
        Case("connected again", said(Says.CONNECTED, registry={"error": _C.LOGGED_OUT_BY_PHONE}), None),
    ),
    _C.SESSION_ENDED: (
        Case("told by a close", closed(_C.SESSION_ENDED), CRITICAL),
        Case("told by the list alone", said(Says.DISCONNECTED, row={"close_reason": 402}), CRITICAL),
        Case("another reason", said(Says.DISCONNECTED, row={"close_reason": 401}), None),
    ),
    _C.UPSTREAM_PAIRING_OUTAGE: (
        Case("nobody came through on two servers", dialling(50, pairings=TRIED), CRITICAL),
        Case("four attempts are too few", dialling(50, pairings=Pairings(4, 3, 2, 0, ago(3600))), None),
        Case("all on one server", dialling(50, pairings=Pairings(5, 3, 1, 0, ago(3600))), WARNING, "one_server"),
        Case("two numbers are too few", dialling(50, pairings=Pairings(9, 2, 2, 0, ago(3600))), None),
        Case("tried for 29 minutes only", dialling(50, pairings=Pairings(9, 3, 2, 0, ago(1740))), None),
        Case("one came through", dialling(50, pairings=Pairings(9, 3, 2, 1, ago(3600))), None),
        Case("this number is connected", well(pairings=TRIED), None),
    ),
    _C.WEBHOOK_MISSING: (
        Case("never set", hook(WebhookState.MISSING), CRITICAL, "missing"),
        Case("switched off", hook(WebhookState.DISABLED), CRITICAL, "disabled"),
        Case("unknown", hook(WebhookState.UNKNOWN), None),
        Case("left off on purpose", hook(WebhookState.DISABLED, policy=WebhookPolicy.LEAVE), INFO),
        Case("events come by the global one", hook(WebhookState.MISSING, policy=WebhookPolicy.GLOBAL), None),
    ),
    _C.WEBHOOK_ELSEWHERE: (
        Case("somebody else's", hook(WebhookState.ELSEWHERE), WARNING),
        Case("ours", hook(WebhookState.OK), None),
        Case("left to them on purpose", hook(WebhookState.ELSEWHERE, policy=WebhookPolicy.LEAVE), INFO),
    ),
    _C.WEBHOOK_INCOMPLETE: (
        Case("lacks what we live by", hook(WebhookState.INCOMPLETE, "CONNECTION_UPDATE"), CRITICAL),
        Case("lacks messages", hook(WebhookState.INCOMPLETE, "MESSAGES_UPSERT"), WARNING),
        Case("an old address of ours", hook(WebhookState.INCOMPLETE), WARNING, "old_address"),
        Case("complete", hook(WebhookState.OK), None),
    ),
    _C.WEBHOOK_UNREACHABLE_FROM_SERVER: (
        Case(
            "a change was never told, nothing ever came",
            hook(WebhookState.OK, proven=False, last_event_at=None, transitions=(changed(61),)),
            CRITICAL,
        ),
        Case(
            "our address is loopback to it",
            hook(WebhookState.OK, proven=False, public_url=PublicUrl("http://127.0.0.1:8400", "loopback")),
            WARNING,
        ),
        Case(
            "loopback, but it proved to come",
            hook(WebhookState.OK, public_url=PublicUrl("http://127.0.0.1:8400", "loopback")),
            None,
        ),
        Case("unproven, nothing happened", hook(WebhookState.OK, proven=False), None),
    ),
    _C.WEBHOOK_REFUSED: (
        Case(
            "no secret is known to prove its webhooks",
            well(server=KnownServer("node-1", hears=False)),
            WARNING,
            "no_secret",
        ),
        Case("refused, and none taken since", well(refused=Fact(3, ago(5)), server_event_at=ago(9)), WARNING),
        Case("refused, and none ever taken", well(refused=Fact(3, ago(5)), server_event_at=None), WARNING),
        Case(
            "one was taken since: a forger, or it was mended",
            well(refused=Fact(3, ago(9)), server_event_at=ago(5)),
            None,
        ),
    ),
    _C.WEBHOOK_SILENT: (
        Case("a read saw a change", well(last_event_at=ago(500), transitions=(changed(61),)), WARNING),
        Case(
            "not even the global one told it",
            hook(WebhookState.MISSING, policy=WebhookPolicy.GLOBAL, last_event_at=None, transitions=(changed(61),)),
            WARNING,
        ),
        Case("an action did", well(last_event_at=None, transitions=(changed(61, Source.ACTION),)), WARNING),
        Case("it had less than a minute", well(last_event_at=None, transitions=(changed(59),)), None),
        Case("an event came for it", well(last_event_at=ago(30), transitions=(changed(61),)), None),
        Case("the event told us", well(last_event_at=None, transitions=(changed(61, Source.WEBHOOK),)), None),
        Case("a quiet number at night", well(last_event_at=ago(8 * 3600)), None),
        Case("long ago", well(last_event_at=None, transitions=(changed(8 * 86400),)), None),
    ),
    _C.QR_LIMIT_REACHED: (
        Case("told", closed(_C.QR_LIMIT_REACHED), CRITICAL),
        Case(
            "2.x's list still says connecting",
            said(
                Says.DISCONNECTED,
                Says.CONNECTING,
                status=Status.CONNECTING,
                registry={"opened_since_pairing": False},
            ),
            CRITICAL,
        ),
        Case("codes come again", said(Says.CONNECTING, registry={"error": _C.QR_LIMIT_REACHED}), None),
    ),
    _C.PAIRING_FAILED: (
        Case("told by a close", closed(_C.PAIRING_FAILED), CRITICAL),
        Case(
            "told by the list alone",
            said(
                Says.DISCONNECTED,
                status=Status.CONNECTING,
                registry={"opened_since_pairing": False},
                row={"close_reason": 401},
            ),
            CRITICAL,
        ),
        Case("tried again", said(Says.CONNECTING, registry={"error": _C.PAIRING_FAILED}), None),
    ),
    _C.STUCK_CONNECTING: (
        Case("two minutes without a code", dialling(121), CRITICAL),
        Case("its code is old", dialling(300, qr_age=60), CRITICAL),
        Case("a paired number that dials for ever", dialling(121, paired=True), CRITICAL),
        Case("its code is fresh", dialling(300, qr_age=59), None),
        Case("not yet two minutes", dialling(120), None),
        Case("the server is away", unreached(_C.SERVER_UNREACHABLE, "dns"), None),
    ),
    _C.QR_EXPIRED: (
        Case("older than 45 s", dialling(100, qr_age=45), WARNING),
        Case("fresh", dialling(100, qr_age=44), None),
        Case("stuck explains it", dialling(300, qr_age=60), None),
    ),
    _C.QR_NOT_READY: (
        Case("just asked for", dialling(5), INFO, action=Action.WAIT),
        Case("for more than a minute", dialling(60), WARNING, action=Action.OPEN_WIZARD),
        Case("dials again after a drop", dialling(5, paired=True), None),
        Case("there is one", dialling(5, qr_age=1), None),
    ),
    _C.NOT_CONNECTED: (
        Case("closed, and nothing says why", closed(), CRITICAL, "closed"),
        Case("the list says open", said(Says.DISCONNECTED, Says.CONNECTED), CRITICAL, "ghost_open"),
        Case("open, but sends fail", well(last_send_error="not_connected"), WARNING, "sends_fail"),
        Case("its logout explains it", closed(_C.LOGGED_OUT_BY_PHONE), None),
        Case("connected", well(), None),
    ),
    _C.ACTION_NOT_CONFIRMED: (
        Case("its end was not seen", well(last_operation=ended("logout", "needs_operator")), WARNING, "unfinished"),
        Case("a connect, and it is connected", well(last_operation=ended("connect", "needs_operator")), None),
        Case("yesterday", well(last_operation=ended("logout", "needs_operator", 90_000)), None),
        Case("it succeeded", well(last_operation=ended("logout", "succeeded")), None),
    ),
    _C.INSTANCE_BUSY: (
        Case("just begun", well(open_operation=Fact("connect", ago(5))), INFO),
        Case("for minutes", well(open_operation=Fact("delete", ago(121))), WARNING),
        Case("nothing runs", well(), None),
    ),
}
EVERY = [(code, case) for code, cases in CASES.items() for case in cases]


def _found(code: Code, facts: Facts) -> Finding | None:
    return next((one for one in diagnose(facts) if one.code is code), None)


@pytest.mark.parametrize(("code", "case"), EVERY, ids=[f"{code.value}: {case.what}" for code, case in EVERY])
def test_a_rule_sees_its_cause_and_nothing_else(code: Code, case: Case) -> None:
    found = _found(code, case.facts)
    assert (found and found.severity) == case.severity
    if found is not None and case.cause is not None:
        assert found.params["cause"] == case.cause
    if found is not None and case.action is not None:
        assert found.action is case.action


def test_every_code_has_a_rule_or_answers_requests_only() -> None:
    ruled = [rule.code for rule in RULES]
    assert len(ruled) == len(set(ruled))
    assert set(ruled) | ANSWERS_ONLY == set(Code)
    assert not set(ruled) & ANSWERS_ONLY


def test_every_rule_has_a_case_that_speaks_and_one_that_stays_silent() -> None:
    assert set(CASES) == {rule.code for rule in RULES}
    assert not [code for code, cases in CASES.items() if {case.severity is None for case in cases} != {True, False}]
