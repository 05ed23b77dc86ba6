"""How an operation ended that nobody ended: what is there now is all that can be said of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sambung.domain.errors import Code
from sambung.domain.instance import Seen, WebhookState

GIVE_UP_AFTER = timedelta(minutes=8)
"""Before the second sweep is over; a gateway's delete can take 20 minutes, but no operation stays open for that."""

_ALIVE = frozenset({Seen.OPEN, Seen.CONNECTING})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a sweep saw of the instance. None: not seen. `listed`: its server's list has the name.

    `sent`: something may have reached the gateway. `ours`: the server took our own token for it, where that was asked.
    `reborn`: its generation rose since the operation began. `sweeps`: how many could not tell the end before.
    """

    seen: Seen | None
    listed: bool
    webhook: WebhookState | None = None
    sent: bool = True
    ours: bool = True
    reborn: bool = False
    sweeps: int = 0

    @property
    def gone(self) -> bool:
        """In neither memory nor list."""
        return self.seen is Seen.ABSENT and not self.listed


@dataclass(frozen=True, slots=True)
class Ending:
    """`state` as operations have it; `forget`: the instance leaves the registry with it."""

    state: str
    forget: bool = False
    error: Code | None = None


SUCCEEDED = Ending("succeeded")
FAILED = Ending("failed", error=Code.ACTION_NOT_CONFIRMED)
VANISHED = Ending("failed", error=Code.INSTANCE_NOT_FOUND_ON_SERVER)
UNKNOWN = Ending("needs_operator", error=Code.ACTION_NOT_CONFIRMED)

# These prove whose the instance is by our own token.
NEED_TOKEN = frozenset({"create", "recreate"})
# What these do besides leaves nothing to be undone: half of it is found as all of it.
_BEGUN_HERE = frozenset({"sync"})


def true_end(action: str, evidence: Evidence, age: timedelta) -> Ending | None:
    """How an abandoned operation ended; None while that cannot be known and may still be seen, for one sweep more."""
    found = _end(action, evidence)
    return UNKNOWN if found is None and (evidence.sweeps > 0 or age > GIVE_UP_AFTER) else found


def _end(action: str, evidence: Evidence) -> Ending | None:
    if not evidence.sent and action not in _BEGUN_HERE:
        return Ending("failed", forget=action == "create", error=Code.OVERLOADED)
    if action == "set-webhook":
        return _of_webhook(evidence.webhook)
    if action == "release":
        # What forgets an instance also ends its operation: it is still here, so it was not done.
        return FAILED
    if evidence.seen is None:
        return None
    rule = _RULES.get(action)
    return UNKNOWN if rule is None else rule(evidence)


def _of_webhook(found: WebhookState | None) -> Ending | None:
    if found is None:
        return None
    return SUCCEEDED if found is WebhookState.OK else FAILED


def _of_create(evidence: Evidence) -> Ending | None:
    if evidence.gone:
        return Ending("failed", forget=True, error=Code.ACTION_NOT_CONFIRMED)
    if not evidence.ours:
        return Ending("failed", forget=True, error=Code.INSTANCE_EXISTS)
    return None if evidence.seen is Seen.ABSENT else SUCCEEDED


def _of_connect(evidence: Evidence) -> Ending:
    if evidence.gone:
        return VANISHED
    return SUCCEEDED if evidence.seen in _ALIVE else FAILED


def _of_restart(evidence: Evidence) -> Ending:
    """Of an open session nobody can tell whether it was restarted."""
    return UNKNOWN if evidence.seen in _ALIVE else _of_connect(evidence)


def _of_logout(evidence: Evidence) -> Ending:
    return FAILED if evidence.seen in _ALIVE else SUCCEEDED


def _of_delete(evidence: Evidence) -> Ending | None:
    if evidence.gone:
        return Ending("succeeded", forget=True)
    return FAILED if evidence.seen in _ALIVE else None


def _of_recreate(evidence: Evidence) -> Ending:
    if evidence.gone:
        return VANISHED
    return _of_connect(evidence) if evidence.reborn and evidence.ours else FAILED


def _of_sync(evidence: Evidence) -> Ending:
    return VANISHED if evidence.gone else SUCCEEDED


_RULES: Mapping[str, Callable[[Evidence], Ending | None]] = {
    "create": _of_create,
    "connect": _of_connect,
    "restart": _of_restart,
    "logout": _of_logout,
    "delete": _of_delete,
    "recreate": _of_recreate,
    "sync": _of_sync,
}
