"""Routes of the operational log."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from manage_instance import exporting
from manage_instance.models import LogLine, LogPage
from manage_instance.paging import Limit
from sambung.domain.errors import Code, FieldError, RequestError
from sambung.edge.wiring import Parts
from sambung.store import ops_logs

EXPORT_LIMIT = 5_000
OptionalId = Annotated[UUID | None, Query()]
OptionalAction = Annotated[str | None, Query(max_length=60)]
OptionalStatus = Annotated[Literal["ok", "failed", "unknown"] | None, Query()]
OptionalSince = Annotated[datetime | None, Query(alias="from")]
OptionalUntil = Annotated[datetime | None, Query(alias="to")]


class Records:
    """What was done and how it ended."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver) -> None:
        self._parts = parts
        self._app = app

    def register(self) -> None:
        """Put the routes on the resolver."""
        app, tags = self._app, ["operations"]
        app.get("/api/ops-logs", summary="The operational log, newest first", tags=tags)(self.log)
        app.get("/api/ops-logs/export", summary=f"The log as a file, the newest {EXPORT_LIMIT} lines", tags=tags)(
            self.export
        )

    def log(
        self,
        instance_id: OptionalId = None,
        action: OptionalAction = None,
        status: OptionalStatus = None,
        since: OptionalSince = None,
        until: OptionalUntil = None,
        limit: Limit = 100,
        cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    ) -> LogPage:
        chosen = _filter(instance_id, action, status, since, until)
        lines = self._lines(chosen, before=cursor, limit=limit)
        return LogPage(items=lines, next_cursor=str(lines[-1].id) if len(lines) == limit else None)

    def export(
        self,
        format: Annotated[Literal["csv", "json", "txt"], Query()] = "csv",  # noqa: A002 - the query's own name
        instance_id: OptionalId = None,
        action: OptionalAction = None,
        status: OptionalStatus = None,
        since: OptionalSince = None,
        until: OptionalUntil = None,
    ) -> Response[Any]:
        chosen = _filter(instance_id, action, status, since, until)
        written = exporting.write(self._lines(chosen, before=None, limit=EXPORT_LIMIT), format)
        name = f"sambung-log-{self._parts.now():%Y%m%d-%H%M%S}.{format}"
        headers: dict[str, str | list[str]] = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(200, exporting.MEDIA_TYPES[format], written, headers=headers)

    def _lines(self, chosen: ops_logs.Filter, *, before: int | None, limit: int) -> list[LogLine]:
        with self._parts.database.transaction() as connection:
            found = ops_logs.latest(connection, chosen, before=before, limit=limit)
        return [LogLine.model_validate(line) for line in found]


def _filter(
    instance_id: UUID | None, action: str | None, status: str | None, since: datetime | None, until: datetime | None
) -> ops_logs.Filter:
    """A time without a zone is UTC; a start after the end is a mistake worth telling."""
    since, until = (t.replace(tzinfo=UTC) if t is not None and t.tzinfo is None else t for t in (since, until))
    if since is not None and until is not None and since > until:
        raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("from", "is later than `to`")])
    return ops_logs.Filter(instance_id, action, status, since, until)
