"""Routes of operations and of the operational log."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Query

from manage_instance.asking import asking
from manage_instance.models import LogLine, LogPage, OperationShown
from manage_instance.paging import Limit
from manage_instance.presenting import operation_shown
from sambung.domain.errors import Code, RequestError
from sambung.edge.wiring import Parts
from sambung.store import operations, ops_logs


class Records:
    """What was done and how it ended."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver) -> None:
        self._parts = parts
        self._app = app

    def register(self) -> None:
        """Put the routes on the resolver."""
        app = self._app
        app.get("/api/operations/<operation_id>", summary="One operation", tags=["operations"])(self.operation)
        app.get("/api/ops-logs", summary="The operational log, newest first", tags=["operations"])(self.log)

    def operation(self, operation_id: UUID) -> OperationShown:
        with self._parts.database.transaction() as connection:
            found = operations.operation(connection, operation_id)
        if found is None:
            raise RequestError(Code.NOT_FOUND)
        return operation_shown(found, language=asking(self._app).language)

    def log(
        self,
        instance_id: Annotated[UUID | None, Query()] = None,
        limit: Limit = 100,
        cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    ) -> LogPage:
        with self._parts.database.transaction() as connection:
            lines = ops_logs.latest(connection, instance_id=instance_id, before=cursor, limit=limit)
        return LogPage(
            items=[LogLine.model_validate(line) for line in lines],
            next_cursor=str(lines[-1]["id"]) if len(lines) == limit else None,
        )
