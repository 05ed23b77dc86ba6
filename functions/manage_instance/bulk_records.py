"""Operations as the API shows them, those on many instances with each one's part; and how to stop those."""

from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from manage_instance.asking import asking
from manage_instance.bulk import settle
from manage_instance.models import ChildShown, OperationShown
from manage_instance.presenting import error_shown, operation_shown
from sambung.domain.bulk import FINISHED, Item, Result, result
from sambung.domain.errors import Code, RequestError
from sambung.edge.wiring import Parts
from sambung.store import bulk, operations
from sambung.store.bulk import Parent


class Operations:
    """One operation, and the end of one."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver) -> None:
        self._parts = parts
        self._app = app

    def register(self) -> None:
        """Put the routes on the resolver."""
        app, tags, one = self._app, ["operations"], "/api/operations/<operation_id>"
        app.get(one, summary="One operation", tags=tags)(self.operation)
        app.post(f"{one}/cancel", summary="Begin nothing more of an operation on many", tags=tags)(self.cancel)

    def operation(self, operation_id: UUID) -> OperationShown:
        language = asking(self._app).language
        with self._parts.database.transaction() as connection:
            parent = bulk.parent(connection, operation_id)
            if parent is not None:
                return many_shown(parent, bulk.items(connection, operation_id), language=language)
            found = operations.operation(connection, operation_id)
        if found is None:
            raise RequestError(Code.NOT_FOUND)
        return operation_shown(found, language=language)

    def cancel(self, operation_id: UUID) -> OperationShown:
        """What is at work ends by itself. Raises `conflict` for what cannot be stopped, or is over."""
        with self._parts.database.transaction() as connection:
            parent = bulk.parent(connection, operation_id, hold=True)
            if parent is None and operations.operation(connection, operation_id) is None:
                raise RequestError(Code.NOT_FOUND)
            if parent is None or (parent.ended_at is not None and parent.cancelled_by is None):
                raise RequestError(Code.CONFLICT, params={"cause": "not_cancellable"})
            if parent.cancelled_by is None:
                bulk.cancel(connection, operation_id, asking(self._app).caller.username)
        settle(self._parts, operation_id)
        return self.operation(operation_id)


def many_shown(parent: Parent, items: list[Item], *, language: str) -> OperationShown:
    """An operation on many."""
    results = [(item, result(item, cancelled=parent.cancelled_by is not None)) for item in items]

    def names(*wanted: Result) -> list[str]:
        return [item.name for item, found in results if found in wanted]

    return OperationShown(
        id=parent.id,
        action=parent.action,
        state=parent.state,
        instance_name="",
        actor=parent.actor,
        done=sum(found in FINISHED for _, found in results),
        total=len(items),
        failed=names(Result.FAILED),
        unknown=names(Result.UNKNOWN),
        cancelled=len(names(Result.CANCELLED)),
        children=[_child(item, found, language) for item, found in results],
        error=None,
        created_at=parent.created_at,
        ended_at=parent.ended_at,
    )


def _child(item: Item, found: Result, language: str) -> ChildShown:
    wrong = item.failure if found in {Result.FAILED, Result.UNKNOWN} else None
    return ChildShown(
        instance_id=item.instance_id,
        instance_name=item.name,
        server_id=item.server_id,
        operation_id=item.child.id if item.child else None,
        state=found.value,
        error=error_shown(wrong, dict(item.error_params), language),
    )
