"""The webhook function: what gateways tell us, taken in so that nothing acknowledged is ever lost."""

# First, because its libraries take longest to load.
import psycopg

# isort: split
import time
import traceback
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from sambung.domain.errors import StoreUnavailable
from sambung.edge.keyring import Keyring
from sambung.edge.settings import from_environment
from sambung.gateways.strict_json import UnreadableBody
from sambung.store import events
from sambung.store.connection import Database
from sambung.store.events import Incoming, Kept, RaceLost, Verdict
from webhook import answers, evolution, request
from webhook.answers import Answer
from webhook.request import Event, Request, Unreadable
from webhook.watchdog import watchdog

logger = Logger()

# A connection that died while nobody used it is found out by the first event: that one is tried once more.
SECOND_TRY_WITHIN_S = 2.0
# With a second try after it well below the function's 10 s.
DATABASE_BUDGET_S = 4.0


class Door:
    """Where gateways knock."""

    def __init__(self, database: Database, keyring: Keyring, budget_s: float = DATABASE_BUDGET_S) -> None:
        self._database = database
        self._keyring = keyring
        self._budget_s = budget_s

    def answer(self, event: Event) -> Answer:
        """Answer one HTTP API event; never fails, never 5xx: a gateway drops for good what got one."""
        started = time.monotonic()
        facts: dict[str, object] = {}
        try:
            asked = request.read(event)
            facts["correlation_id"] = asked.request_id
            given = self._given(asked, facts)
        except Exception as error:  # noqa: BLE001  the last line: nothing was kept, so the gateway is asked to repeat
            # The message may hold what was sent; where it happened does not.
            facts |= {"error": type(error).__name__, "at": _where(error)}
            given = answers.later()
        _log(facts, given, started)
        return given

    def _given(self, asked: Request, facts: dict[str, object]) -> Answer:
        if asked.method != "POST" or asked.segments[:1] != ("webhooks",):
            return answers.unknown()
        if asked.is_too_large:
            return answers.unreadable("is too large")
        sender = evolution.authenticated(asked, self._keyring)
        if sender is None:
            return answers.refused()
        facts |= {"server_id": str(sender.server_id), "by_path": sender.by_path}
        try:
            incoming = evolution.incoming(asked, sender)
            facts["gateway_event"] = incoming.event
            kept = self._keep(incoming)
        except (Unreadable, UnreadableBody) as error:
            return answers.unreadable(str(error))
        except psycopg.DataError as error:
            facts["error"] = type(error).__name__
            return answers.unreadable("cannot be stored")
        except (StoreUnavailable, RaceLost) as error:
            facts["error"] = type(error).__name__
            return answers.later()
        facts |= _told(kept)
        return answers.refused() if kept.verdict is Verdict.UNKNOWN_SERVER else answers.taken(kept.verdict.value)

    def _keep(self, incoming: Incoming) -> Kept:
        started = time.monotonic()
        try:
            return self._keep_once(incoming)
        except StoreUnavailable:
            if time.monotonic() - started > SECOND_TRY_WITHIN_S:
                raise
            return self._keep_once(incoming)

    def _keep_once(self, incoming: Incoming) -> Kept:
        with watchdog(self._budget_s), self._database.transaction() as connection:
            return events.keep(connection, incoming)


def _told(kept: Kept) -> dict[str, object]:
    moved = kept.decision and kept.decision.transition
    return {
        "outcome": kept.outcome,
        "instance_id": str(kept.session_id) if kept.session_id else None,
        "needs_check": bool(kept.decision and kept.decision.needs_check),
        "transition": f"{moved.old}->{moved.new}" if moved else None,
    }


def _where(error: BaseException) -> list[str]:
    return [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]


def _log(facts: dict[str, object], given: Answer, started: float) -> None:
    """The one line that tells this event's story, without path, body, names and numbers."""
    line = {**facts, "status": given["statusCode"], "duration_ms": round((time.monotonic() - started) * 1000, 1)}
    known = {name: value for name, value in line.items() if value is not None}
    (logger.error if "at" in facts else logger.info)("webhook", extra=known)


@cache
def _door() -> Door:
    settings = from_environment()
    return Door(Database(settings.database_url), Keyring(settings.keys))


def lambda_handler(event: Event, context: LambdaContext) -> Answer:  # noqa: ARG001  Lambda's signature
    """Answer one request of a gateway."""
    if "requestContext" not in event:
        # Not to be answered: a queue would take any answer for success and forget what it holds.
        raise TypeError("this function takes events of HTTP API only")
    return _door().answer(event)
