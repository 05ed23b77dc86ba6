"""Idempotency keys: the same request twice is done once, and the second one gets the first one's answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from sambung.store.connection import Connection

KEPT = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier request with the same key. `status_code` is None while it is still being served; from 400 on
    `response` is what is needed to fail alike."""

    same_request: bool
    status_code: int | None
    response: object


def claim(connection: Connection, actor: str, key: str, request_hash: bytes, now: datetime) -> Earlier | None:
    """Take the key for this request; None where it is ours now, else what the earlier holder did.

    A holder that was killed is taken over after two minutes; one that had presumed an answer has given it then.
    """
    taken = connection.execute(
        """
        INSERT INTO idempotency_keys AS k (actor, key, request_hash, created_at)
        VALUES (%(actor)s, %(key)s, %(hash)s, %(now)s)
        ON CONFLICT (actor, key) DO UPDATE
            SET request_hash = excluded.request_hash, created_at = excluded.created_at,
                status_code = NULL, response = NULL, presumed = false
            WHERE k.created_at < %(expired)s
               OR (k.status_code IS NULL AND k.request_hash = excluded.request_hash AND k.created_at < %(abandoned)s)
        RETURNING 1
        """,
        {"actor": actor, "key": key, "hash": request_hash, "now": now, "expired": now - KEPT,
         "abandoned": now - ABANDONED_AFTER},
    ).fetchone()  # fmt: skip
    if taken:
        return None
    row = connection.execute(
        """
        SELECT request_hash, response, CASE WHEN NOT presumed OR created_at < %s THEN status_code END AS status_code
        FROM idempotency_keys WHERE actor = %s AND key = %s
        """,
        [now - ABANDONED_AFTER, actor, key],
    ).fetchone()
    if row is None:
        return None
    return Earlier(bytes(row["request_hash"]) == request_hash, row["status_code"], row["response"])


def keep_answer(
    connection: Connection, actor: str, key: str, status_code: int, response: object, *, presumed: bool = False
) -> None:
    """Remember the answer for whoever repeats the request. `presumed`: only until there is a better one, which nobody
    gives any more once the holder was killed."""
    connection.execute(
        "UPDATE idempotency_keys SET status_code = %s, response = %s, presumed = %s WHERE actor = %s AND key = %s",
        [status_code, Jsonb(response), presumed, actor, key],
    )


def forget(connection: Connection, actor: str, key: str) -> None:
    """Give the key back after a failure that left nothing behind, so that the request may be repeated."""
    connection.execute("DELETE FROM idempotency_keys WHERE actor = %s AND key = %s", [actor, key])


def forget_old(connection: Connection, now: datetime) -> int:
    """Remove keys nobody will repeat any more; how many."""
    return connection.execute("DELETE FROM idempotency_keys WHERE created_at < %s", [now - KEPT]).rowcount
