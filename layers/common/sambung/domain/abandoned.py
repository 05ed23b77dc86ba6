"""How an operation ended that nobody ended: what is there now is all that can be said of it."""

from dataclasses import dataclass
from datetime import timedelta

from sambung.domain.instance import Seen, WebhookState

GIVE_UP_AFTER = timedelta(minutes=8)
"""Before the second sweep is over; a gateway's delete can take 20 minutes, but no operation stays open for that."""

_ALIVE = frozenset({Seen.OPEN, Seen.CONNECTING})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a sweep saw of the instance. None: not seen. `listed`: its server's list has the name."""

    seen: Seen | None
    listed: bool
    webhook: WebhookState | None = None

    @property
    def gone(self) -> bool:
        """In neither memory nor list."""
        return self.seen is Seen.ABSENT and not self.listed


@dataclass(frozen=True, slots=True)
class Ending:
    """`state` as operations have it; `forget`: the instance leaves the registry with it."""

    state: str
    forget: bool = False


SUCCEEDED, FAILED, UNKNOWN = Ending("succeeded"), Ending("failed"), Ending("needs_operator")


def true_end(action: str, evidence: Evidence, age: timedelta) -> Ending | None:
    """How an abandoned operation ended; None while that cannot be known and may still be seen."""
    found = _end(action, evidence)
    return UNKNOWN if found is None and age > GIVE_UP_AFTER else found


def _end(action: str, evidence: Evidence) -> Ending | None:
    match action:
        case "set-webhook":
            return _of_webhook(evidence.webhook)
        case _ if evidence.seen is None:
            return None
        case "create":
            return _of_create(evidence)
        case "connect":
            return SUCCEEDED if evidence.seen in _ALIVE else FAILED
        case "logout":
            return FAILED if evidence.seen in _ALIVE else SUCCEEDED
        case "delete":
            return _of_delete(evidence)
        case _:
            # A restart leaves no trace, and of anything else nobody can tell.
            return UNKNOWN


def _of_webhook(found: WebhookState | None) -> Ending | None:
    if found is None:
        return None
    return SUCCEEDED if found is WebhookState.OK else FAILED


def _of_create(evidence: Evidence) -> Ending | None:
    if evidence.gone:
        return Ending("failed", forget=True)
    return None if evidence.seen is Seen.ABSENT else SUCCEEDED


def _of_delete(evidence: Evidence) -> Ending | None:
    if evidence.gone:
        return Ending("succeeded", forget=True)
    return FAILED if evidence.seen in _ALIVE else None
