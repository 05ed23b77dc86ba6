"""One line tells each invocation's story, whoever called; metrics, named events and correlation ids go with it."""

import os
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

NAMESPACE = "Sambung"
# Over all functions together: what an alarm looks at.
STAGE = "stage"
CORRELATION_ID = "correlation_id"

# Service name and level come from POWERTOOLS_SERVICE_NAME and POWERTOOLS_LOG_LEVEL.
# The place of this module's own call would say nothing.
logger = Logger(location=None)


class Metric(StrEnum):
    """What is measured. Dimensions never name an instance, a server or a person."""

    SERVERS_DOWN = "ServersDown"
    SERVER_LATENCY = "ServerLatency"
    RECONCILE_READS = "ReconcileReads"
    RECONCILE_CHANGES = "ReconcileChanges"
    RECONCILE_COMPLETED = "ReconcileCompleted"
    WEBHOOK_EVENTS = "WebhookEvents"
    WEBHOOK_AUTH_FAILURES = "WebhookAuthFailures"
    WEBHOOKS_PARKED = "WebhooksParked"
    OPERATION_DURATION = "OperationDuration"
    INSTANCE_SYNC_EVENTS = "InstanceSyncEvents"
    VERIFICATION_FAILURES = "VerificationFailures"
    # Of the instance that has most.
    VERIFICATION_FAILURES_IN_ROW = "VerificationFailuresInRow"
    OVERFLOW_DEPTH = "OverflowDepth"
    # Of the sync events those that no webhook told of.
    AUTO_SYNCS = "AutoSyncs"
    # 100 for a search that found the session, 0 for one that did not: its average is the rate.
    SYNC_SUCCESS_RATE = "SyncSuccessRate"


_UNITS: Mapping[Metric, str] = {
    Metric.SERVER_LATENCY: "Milliseconds",
    Metric.OPERATION_DURATION: "Milliseconds",
    Metric.SYNC_SUCCESS_RATE: "Percent",
}


class Event(StrEnum):
    """What operators look for in the log by its name."""

    ASSIGNMENT_AUTO_SYNCED = "assignment_auto_synced"
    SESSION_VERIFIED = "session_verified"
    SESSION_NOT_ON_ASSIGNED_SERVER = "session_not_on_assigned_server"
    INSTANCE_SYNC_SUCCESSFUL = "instance_sync_successful"
    HEALTH_CHECK_CORRECTED_ASSIGNMENT = "health_check_corrected_assignment"


_COUNTED_AS: Mapping[Event, Metric] = {
    Event.INSTANCE_SYNC_SUCCESSFUL: Metric.INSTANCE_SYNC_EVENTS,
    Event.SESSION_NOT_ON_ASSIGNED_SERVER: Metric.VERIFICATION_FAILURES,
}


class InvocationFailed(RuntimeError):
    """What Lambda itself may log of a failure: its type and place. The message of the cause may hold what was sent."""


class Story:
    """What is known of one invocation; `facts` are bound as it goes and told in one line at its end."""

    def __init__(self, kind: str, correlation_id: str) -> None:
        self.kind = kind
        self.correlation_id = correlation_id
        self.facts: dict[str, object] = {}
        self._failed = False
        self._measured: dict[tuple[tuple[str, str], ...], list[tuple[Metric, float]]] = defaultdict(list)
        self._started = time.monotonic()

    def bind(self, **facts: object) -> None:
        """Add facts; None says nothing. Never a secret, a name, a number or a body."""
        self.facts.update(facts)

    def wrong(self, **facts: object) -> None:
        """Something is our own fault: the line becomes an error."""
        self._failed = True
        self.bind(**facts)

    def fail(self, error: BaseException) -> None:
        """It failed by an error of ours."""
        self.wrong(**fault(error))

    def measure(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        """Add a value: milliseconds for durations, else a count. `dimensions` have few different values."""
        self._measured[tuple(sorted(dimensions.items()))].append((metric, value))

    def tell(self) -> None:
        """Write the metrics and then the line."""
        for dimensions, values in self._measured.items():
            _emit(dict(dimensions), values)
        line = {
            **self.facts,
            CORRELATION_ID: self.correlation_id,
            "duration_ms": round((time.monotonic() - self._started) * 1000, 1),
        }
        known = {name: value for name, value in line.items() if value is not None}
        (logger.error if self._failed else logger.info)(self.kind, extra=known)


_current: ContextVar[Story | None] = ContextVar("story", default=None)


@contextmanager
def story(kind: str, correlation_id: str | None = None) -> Iterator[Story]:
    """One invocation. What it raises leaves as InvocationFailed, so that Lambda counts it and no log tells more."""
    told = Story(kind, correlation_id or str(uuid4()))
    token = _current.set(told)
    try:
        yield told
    except Exception as error:  # noqa: BLE001  Lambda itself would log the message
        told.fail(error)
        raise InvocationFailed(_in_short(error)) from None
    finally:
        _current.reset(token)
        told.tell()


def fault(error: BaseException) -> dict[str, object]:
    """An error's type, cause and place. Never its message: psycopg's and httpx's hold values."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    told: dict[str, object] = {"error": type(error).__name__, "at": _places(error)}
    return {**told, "cause": type(cause).__name__} if cause is not None else told


def wrong(**facts: object) -> None:
    """Tell in the present invocation's line what is our own fault."""
    told = _current.get()
    if told is not None:
        told.wrong(**facts)


def bind(**facts: object) -> None:
    """Add facts to the present invocation's line."""
    told = _current.get()
    if told is not None:
        told.bind(**facts)


def measure(metric: Metric, value: float = 1, **dimensions: str) -> None:
    """Add a value to the present invocation's; without one it is not kept."""
    told = _current.get()
    if told is not None:
        told.measure(metric, value, **dimensions)


def announce(event: Event, *, instance_id: UUID, old_url: str | None, new_url: str | None) -> None:
    """Write a named event on a line of its own, and count it. The URLs are servers' registered addresses."""
    told = _current.get()
    line = {
        "event": event.value,
        "instance_id": str(instance_id),
        "old_url": old_url,
        "new_url": new_url,
        CORRELATION_ID: told and told.correlation_id,
    }
    logger.info(event.value, extra=line)
    if event in _COUNTED_AS:
        measure(_COUNTED_AS[event])


def correlation_id() -> str:
    """The present invocation's; empty without one."""
    told = _current.get()
    return "" if told is None else told.correlation_id


def carried() -> dict[str, Any]:
    """The attributes an SQS message carries from this invocation to the one it causes."""
    told = _current.get()
    return {} if told is None else {CORRELATION_ID: {"DataType": "String", "StringValue": told.correlation_id}}


def correlation_of(record: Mapping[str, Any]) -> str:
    """The correlation id of an SQS record: its attribute, else the message's own id."""
    attribute = (record.get("messageAttributes") or {}).get(CORRELATION_ID) or {}
    return str(attribute.get("stringValue") or record.get("messageId") or uuid4())


def _emit(dimensions: Mapping[str, str], values: list[tuple[Metric, float]]) -> None:
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimensions(**{STAGE: os.environ.get("SAMBUNG_STAGE", "prod")})
    for name, word in dimensions.items():
        metrics.add_dimension(name=name, value=word)
    for metric, value in values:
        metrics.add_metric(name=metric.value, unit=_UNITS.get(metric, "Count"), value=value)
    metrics.flush_metrics()


def _places(error: BaseException) -> list[str]:
    return [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]


def _in_short(error: BaseException) -> str:
    places = _places(error)
    return f"{type(error).__name__} at {places[-1]}" if places else type(error).__name__
