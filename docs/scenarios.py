"""Writes docs/scenarios.md, what can go wrong and what an operator sees: run `python -m docs.scenarios` after changes.

The tests stage each scenario on simulated servers and hold the real route's findings to this table.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sambung.domain.diagnosis.finding import Severity
from sambung.domain.errors import CATALOGUE, Action, Code
from sambung.edge import texts

COMMITTED = Path(__file__).with_name("scenarios.md")
CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing that happens. `cause` chooses the text, `action` replaces the catalogue's, `unstaged` says why no
    simulated server shows it; the rule then has its cases in the unit tests alone."""

    name: str
    code: Code
    severity: Severity
    happens: str
    cause: str = ""
    action: Action | None = None
    unstaged: str | None = None

    @property
    def next_step(self) -> Action:
        """What the operator is offered."""
        return self.action or CATALOGUE[self.code].action


_C = Code
SCENARIOS = (
    Scenario(
        "evolution_down", _C.SERVER_UNREACHABLE, CRITICAL, "The VPS is up, Evolution's process has ended", "refused"
    ),
    Scenario("wrong_name", _C.SERVER_UNREACHABLE, CRITICAL, "The server's domain name does not exist", "dns"),
    Scenario("bad_certificate", _C.SERVER_UNREACHABLE, CRITICAL, "The server's TLS fails", "tls"),
    Scenario("proxy_502", _C.SERVER_UNREACHABLE, CRITICAL, "The proxy is up, Evolution behind it is not", "proxy_5xx"),
    Scenario(
        "probe_fails_events_arrive",
        _C.SERVER_UNREACHABLE,
        CRITICAL,
        "Our calls fail, but the server's webhooks keep arriving",
        "webhooks_arrive",
    ),
    Scenario("switched_off_here", _C.SERVER_UNREACHABLE, CRITICAL, "The server is disabled in Sambung", "disabled"),
    Scenario("slow_server", _C.SERVER_TIMEOUT, CRITICAL, "The server takes longer than a read may take", "timeout"),
    Scenario("server_fails", _C.SERVER_ERROR, CRITICAL, "Evolution answers every call with 500", "fault"),
    Scenario("server_talks_html", _C.SERVER_ERROR, CRITICAL, "Something answers 200 with a web page", "garbage"),
    Scenario("wrong_key", _C.SERVER_KEY_REJECTED, CRITICAL, "The server's API key was changed"),
    Scenario("no_license", _C.LICENSE_REQUIRED, CRITICAL, "Evolution 2.4 was never activated"),
    Scenario(
        "replaced_440",
        _C.REPLACED_ELSEWHERE,
        CRITICAL,
        "Evolution 1.8: the phone's session is replaced (440) again and again",
    ),
    Scenario(
        "replaced_by_twin",
        _C.REPLACED_ELSEWHERE,
        CRITICAL,
        "Evolution 2.3: it flaps while the same number is open on another server",
    ),
    Scenario("flapping", _C.UNSTABLE_CONNECTION, WARNING, "Three reconnections within five minutes"),
    Scenario("open_on_two_servers", _C.CONFLICT_TWO_SERVERS, CRITICAL, "The same number is open on two servers"),
    Scenario(
        "two_strange_nodes",
        _C.CONFLICT_TWO_SERVERS,
        CRITICAL,
        "Two webjs nodes have the session, the assigned one has not",
        unstaged="needs webjs nodes",
    ),
    Scenario("session_moved", _C.MOVED, CRITICAL, "Our instance, with our token, lives on another server", "seen"),
    Scenario(
        "number_elsewhere", _C.MOVED, WARNING, "Closed here, the same number is open under another name", "number"
    ),
    Scenario("nowhere", _C.SESSION_NOT_FOUND_ANYWHERE, CRITICAL, "No server is assigned, and no server knows the name"),
    Scenario("deleted_there", _C.INSTANCE_NOT_FOUND_ON_SERVER, CRITICAL, "Somebody deleted the instance on the server"),
    Scenario(
        "half_loaded",
        _C.NEEDS_RECREATE,
        CRITICAL,
        "Evolution 1.8: the instance has been without a state for longer than a start takes",
        "half_loaded",
    ),
    Scenario(
        "no_new_qr",
        _C.NEEDS_RECREATE,
        CRITICAL,
        "Evolution 1.6: the number was logged out, and connect brings the used code",
        "no_new_qr",
        unstaged="the simulator speaks 1.8 and 2.3",
    ),
    Scenario("banned", _C.ACCOUNT_BANNED, CRITICAL, "WhatsApp closes the session with 403"),
    Scenario("other_phone", _C.NUMBER_CHANGED, CRITICAL, "The QR was scanned with another phone"),
    Scenario("logged_out", _C.LOGGED_OUT_BY_PHONE, CRITICAL, "The device was removed on the phone"),
    Scenario("ended", _C.SESSION_ENDED, CRITICAL, "WhatsApp closes the session with 402"),
    Scenario(
        "no_pairing_on_two_servers",
        _C.UPSTREAM_PAIRING_OUTAGE,
        CRITICAL,
        "Three numbers on two servers, five tries, half an hour: nobody gets through",
    ),
    Scenario(
        "no_pairing_on_one_server",
        _C.UPSTREAM_PAIRING_OUTAGE,
        WARNING,
        "The same, but all of it on one server",
        "one_server",
    ),
    Scenario(
        "webhook_never_set",
        _C.WEBHOOK_MISSING,
        CRITICAL,
        "Setting the webhook failed when the instance was created",
        "missing",
    ),
    Scenario("webhook_disabled", _C.WEBHOOK_MISSING, CRITICAL, "Somebody switched the webhook off", "disabled"),
    Scenario("webhook_taken", _C.WEBHOOK_ELSEWHERE, WARNING, "Somebody pointed the webhook to another system"),
    Scenario("webhook_without_states", _C.WEBHOOK_INCOMPLETE, CRITICAL, "The webhook lacks the events of connections"),
    Scenario(
        "webhook_old_address", _C.WEBHOOK_INCOMPLETE, WARNING, "The webhook has an old address of ours", "old_address"
    ),
    Scenario(
        "webhook_secret_differs",
        _C.WEBHOOK_REFUSED,
        WARNING,
        "A signing server was given another webhook secret than the one entered here",
        unstaged="the servers of this stage do not sign; shown at the webhook function's own door",
    ),
    Scenario(
        "webhook_secret_missing",
        _C.WEBHOOK_REFUSED,
        WARNING,
        "A webjs node was added without its webhook secret",
        "no_secret",
        unstaged="the servers of this stage do not sign; shown with a node added through the API",
    ),
    Scenario(
        "nothing_ever_came",
        _C.WEBHOOK_UNREACHABLE_FROM_SERVER,
        CRITICAL,
        "The webhook is set, the number changed, no event ever came",
    ),
    Scenario("webhook_stopped", _C.WEBHOOK_SILENT, WARNING, "Events came, then a change was not told any more"),
    Scenario("qr_limit", _C.QR_LIMIT_REACHED, CRITICAL, "Thirty codes were shown and none was scanned"),
    Scenario("pairing_code_unused", _C.PAIRING_FAILED, CRITICAL, "A pairing code was asked for and never typed"),
    Scenario("stuck", _C.STUCK_CONNECTING, CRITICAL, "Connecting for minutes, and the server gives no QR"),
    Scenario("qr_too_old", _C.QR_EXPIRED, WARNING, "The QR on the screen is older than 45 seconds"),
    Scenario("qr_on_its_way", _C.QR_NOT_READY, INFO, "Connect was just pressed"),
    Scenario(
        "qr_long_on_its_way",
        _C.QR_NOT_READY,
        WARNING,
        "A minute after connect there is no QR",
        action=Action.OPEN_WIZARD,
    ),
    Scenario(
        "logged_out_by_api", _C.NOT_CONNECTED, CRITICAL, "Somebody logged the instance out through the API", "closed"
    ),
    Scenario("ghost_open", _C.NOT_CONNECTED, CRITICAL, "The list says open, the memory says closed", "ghost_open"),
    Scenario(
        "open_but_mute",
        _C.NOT_CONNECTED,
        WARNING,
        "Open in memory, yet the last send was refused as not connected",
        "sends_fail",
        action=Action.OPEN_WIZARD,
    ),
    Scenario(
        "end_unseen",
        _C.ACTION_NOT_CONFIRMED,
        WARNING,
        "Our process died during a logout, and nobody can tell what came of it",
        "unfinished",
    ),
    Scenario("busy", _C.INSTANCE_BUSY, INFO, "Another action is still running"),
)


def text() -> str:
    """The file's content."""
    return "\n".join([_HEAD, *(_line(one) for one in SCENARIOS), ""])


_HEAD = """\
# What can go wrong, what the operator sees, what to do next

Generated by `python -m docs.scenarios`; the same table is staged on simulated servers in `tests/functional/diagnosis`.
`GET /api/instances/{id}/diagnosis` gives each of these with its evidence. The first critical finding is the reason.

| What happens | What the operator sees (id / en) | Severity | Whose side | Next step | Code |
|---|---|---|---|---|---|"""


def _line(one: Scenario) -> str:
    params = {"cause": one.cause}
    seen = [texts.title_and_detail(one.code, params, language) for language in ("id", "en")]
    said = " / ".join(f"**{title}**: {detail}" for title, detail in seen)
    note = f" ({one.unstaged}: unit tests only)" if one.unstaged else ""
    code = f"`{one.code.value}`" + (f" ({one.cause})" if one.cause else "")
    step = f"{_button(one)} (`{one.next_step.value}`)"
    return (
        f"| {one.happens}{note} | {said} | {one.severity.value} | {CATALOGUE[one.code].side.value} | {step} | {code} |"
    )


def _button(one: Scenario) -> str:
    found = _buttons()
    return found.get(f"{one.code.value}.{one.cause}", found[one.code.value])


@cache
def _buttons() -> Mapping[str, str]:
    file = Path(texts.__file__).parent.parent / "texts" / "id.json"
    return {code: entry["button"] for code, entry in json.loads(file.read_text(encoding="utf-8")).items()}


if __name__ == "__main__":
    COMMITTED.write_text(text(), encoding="utf-8")
