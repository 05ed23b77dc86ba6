"""Which sessions a webjs node may restore at its start."""

from sambung.domain.errors import Code
from sambung.domain.instance import Restorable, Status
from sambung.store.connection import Connection

AT_MOST = 20_000
# Restoring one of these would only show codes that nobody asked for.
ENDED_FOR_GOOD = (
    Code.LOGGED_OUT_BY_PHONE,
    Code.PAIRING_FAILED,
    Code.QR_LIMIT_REACHED,
    Code.ACCOUNT_BANNED,
)


def restorable(connection: Connection) -> list[Restorable]:
    """Those of every node, whichever asks: a session may have to be taken over from one that is dead."""
    rows = connection.execute(
        """
        SELECT w.id, w.instance_name, w.status, w.phone_number
        FROM wa_sessions w JOIN servers s ON s.id = w.server_id
        WHERE s.kind = 'webjs' AND w.desired = 'online'
          AND NOT (w.status IN ('disconnected', 'error') AND coalesce(w.error_code, '') = ANY(%s))
        ORDER BY w.instance_name, w.id LIMIT %s
        """,
        [[code.value for code in ENDED_FOR_GOOD], AT_MOST],
    ).fetchall()
    return [Restorable(row["id"], row["instance_name"], Status(row["status"]), row["phone_number"]) for row in rows]
