"""After each look: rules over the tables, episodes in one transaction, and then the outbox emptied."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from health_check import letters
from health_check.courier import Deliver, Letter
from sambung.domain.alerts import judge
from sambung.domain.episodes import plan
from sambung.edge import observing
from sambung.edge.keyring import SecretUnreadable
from sambung.edge.observing import Metric
from sambung.edge.wiring import Parts
from sambung.store import alert_facts, alerts, channels
from sambung.store.channels import Channel, Waiting
from sambung.store.connection import Connection

UNREADABLE: Final = "unreadable"
# For what is written after the channels had their time.
WRITING_S: Final = 3.0
DELIVERING_S: Final = 25.0


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many alerts began, and how many ended, in one evaluation."""

    opened: int = 0
    resolved: int = 0


def evaluate(parts: Parts, dead_letters: Mapping[str, int] | None) -> Evaluated:
    """Bring the alerts up to what the tables say, and post what channels are to be told.

    `dead_letters` are counted by queue, None where the queues did not say. Of two evaluations at once one does nothing.
    """
    now = parts.now()
    with parts.database.transaction() as connection:
        if not alerts.alone(connection):
            return Evaluated()
        facts = alert_facts.counted(connection, now, dead_letters)
        known = alerts.episodes(connection)
        wanted = plan(known, judge(facts), told=alerts.told(connection, now), now=now)
        opened, resolved = alerts.write(connection, wanted, now)
        for kind, ids in ((letters.OPENED, opened), (letters.RESOLVED, resolved)):
            channels.post(connection, kind, ids, now)
    worst = max((one.failures_in_row for one in facts.instances), default=0)
    observing.measure(Metric.VERIFICATION_FAILURES_IN_ROW, worst)
    return Evaluated(len(wanted.begin), len(wanted.end))


def deliver(parts: Parts, send: Deliver, *, seconds: float) -> dict[str, int]:
    """Send what waits, within `seconds`; how many messages were sent, failed, and were given up."""
    until = time.monotonic() + min(seconds - WRITING_S, DELIVERING_S)
    with parts.database.transaction() as connection:
        taken = channels.take(connection, parts.now())
        known = {one.id: one for one in channels.all_channels(connection)} if taken else {}
        written = [(one, _letter(parts, connection, one, known[one.channel_id])) for one in taken]
    if not written:
        return {}
    failures = _sent(send, [letter for _, letter in written], until - time.monotonic())
    given_up = 0
    with parts.database.transaction() as connection:
        for (waiting, _), failure in zip(written, failures, strict=True):
            given_up += channels.note(connection, waiting, failure, parts.now())
    failed = sum(failure is not None for failure in failures)
    if given_up:
        observing.wrong(messages_given_up=given_up)
    return {"messages_sent": len(written) - failed, "messages_failed": failed}


def _sent(send: Deliver, written: Sequence[Letter | None], seconds: float) -> list[str | None]:
    """How each ended; a message without a letter cannot be sent."""
    ended = iter(send([one for one in written if one is not None], seconds))
    return [UNREADABLE if one is None else next(ended) for one in written]


def _letter(parts: Parts, connection: Connection, waiting: Waiting, channel: Channel) -> Letter | None:
    """None where the channel's URL is sealed with a key that is no longer listed, or its alerts are forgotten."""
    found = alerts.by_ids(connection, waiting.alert_ids)
    try:
        url = parts.keyring.unseal(channel.url_sealed)
    except SecretUnreadable:
        return None
    return letters.letter(waiting.kind, found, url=url, language=channel.language) if found else None
