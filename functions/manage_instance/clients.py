"""Routes of clients, the customers who own instances."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from manage_instance.models import ClientAsked, ClientPage, ClientShown
from manage_instance.paging import Limit, decode, encode
from manage_instance.repeating import Repeating
from sambung.domain.errors import Code, RequestError
from sambung.edge.api import empty
from sambung.edge.wiring import Parts
from sambung.store import clients as store
from sambung.store.connection import STILL_REFERENCED


class Clients:
    """What can be done with clients."""

    def __init__(self, parts: Parts, repeating: Repeating) -> None:
        self._parts = parts
        self._repeating = repeating

    def register(self, app: APIGatewayHttpResolver) -> None:
        """Put the routes on the resolver."""
        app.get("/api/clients", summary="List clients", tags=["clients"])(self.page)
        app.post("/api/clients", summary="Create a client", tags=["clients"], status_code=201)(self.create)
        app.patch("/api/clients/<client_id>", summary="Rename a client", tags=["clients"])(self.rename)
        app.delete("/api/clients/<client_id>", summary="Remove a client", tags=["clients"], status_code=204)(
            self.remove
        )

    def page(self, limit: Limit = 100, cursor: Annotated[str | None, Query()] = None) -> ClientPage:
        with self._parts.database.transaction() as connection:
            found = store.all_clients(connection, after=decode(cursor), limit=limit)
        items = [ClientShown.model_validate(c, from_attributes=True) for c in found]
        return ClientPage(
            items=items, next_cursor=encode(found[-1].name, found[-1].id) if len(found) == limit else None
        )

    def create(self, asked: ClientAsked) -> Response[ClientShown]:
        return self._repeating.once(lambda: self._create(asked))

    def _create(self, asked: ClientAsked) -> ClientShown:
        with self._parts.database.transaction() as connection:
            made = store.client(connection, store.insert_client(connection, asked.name))
        return ClientShown.model_validate(made, from_attributes=True)

    def rename(self, client_id: UUID, asked: ClientAsked) -> ClientShown:
        with self._parts.database.transaction() as connection:
            store.rename_client(connection, client_id, asked.name)
            found = store.client(connection, client_id)
        if found is None:
            raise RequestError(Code.NOT_FOUND)
        return ClientShown.model_validate(found, from_attributes=True)

    def remove(self, client_id: UUID) -> Response[str]:
        try:
            with self._parts.database.transaction() as connection:
                found = store.client(connection, client_id)
                if found is None:
                    raise RequestError(Code.NOT_FOUND)
                store.delete_client(connection, client_id)
        except STILL_REFERENCED as error:
            raise RequestError(Code.CONFLICT, params={"count": str(found.instance_count if found else 0)}) from error
        return empty()
