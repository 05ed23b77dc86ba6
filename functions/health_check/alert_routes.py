"""Routes of alerts and of the channels that are told of them."""

import base64
import binascii
import json
import time
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeVar
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from health_check import letters
from health_check.alert_models import (
    AlertPage,
    AlertShown,
    Channels,
    ChannelsAsked,
    ChannelTest,
    ChannelTested,
)
from health_check.channels import ChannelBook
from sambung.domain.alerts import ENTRIES, Rule
from sambung.domain.errors import Code, FieldError, RequestError
from sambung.edge.access import Caller
from sambung.edge.etag import unless_known
from sambung.edge.wiring import Parts
from sambung.store import alerts as store
from sambung.store.alerts import Alert

Body = TypeVar("Body", bound=BaseModel)
Limit = Annotated[int, Query(ge=1, le=500)]
# A test must end before the request does.
_ANSWERING_S: Final = 2.0


class Alerts:
    """What can be done with alerts."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver, book: ChannelBook) -> None:
        self._parts = parts
        self._app = app
        self._book = book

    def register(self) -> None:
        """Put the routes on the resolver."""
        app, tags = self._app, ["alerts"]
        app.get("/api/alerts", summary="Alerts, the latest first", tags=tags)(self.page)
        app.post("/api/alerts/<alert_id>/acknowledge", summary="Take care of an alert", tags=tags)(self.acknowledge)
        app.get("/api/alert-channels", summary="Where alerts are sent to", tags=tags)(self.channels)
        app.put("/api/alert-channels", summary="Replace all channels", tags=tags)(self.replace)
        app.post("/api/alert-channels/test", summary="Send a test message to a channel", tags=tags)(self.test)

    def page(
        self,
        state: Annotated[Literal["active", "open", "acknowledged", "resolved"] | None, Query()] = None,
        limit: Limit = 100,
        cursor: Annotated[str | None, Query()] = None,
    ) -> Response[AlertPage]:
        with self._parts.database.transaction() as connection:
            found = store.page(connection, state=state, after=_decode(cursor), limit=limit)
            active = store.active(connection)
        body = AlertPage(
            items=[_shown(one, self._language) for one in found],
            next_cursor=_encode(found[-1]) if len(found) == limit else None,
            open=active["open"],
            acknowledged=active["acknowledged"],
        )
        return self._unless_known(body)

    def acknowledge(self, alert_id: UUID) -> AlertShown:
        caller: Caller = self._app.context["caller"]
        with self._parts.database.transaction() as connection:
            found = store.acknowledge(connection, alert_id, by=caller.username, now=self._parts.now())
        if found is None:
            raise RequestError(Code.NOT_FOUND)
        return _shown(found, self._language)

    def channels(self) -> Response[Channels]:
        return self._unless_known(self._book.all(self._language))

    def replace(self, asked: ChannelsAsked) -> Channels:
        self._book.replace(asked.items, seconds=self._seconds)
        return self._book.all(self._language)

    def test(self, asked: ChannelTest) -> ChannelTested:
        started = time.monotonic()
        self._book.test(asked, seconds=self._seconds, language=self._language)
        return ChannelTested(duration_ms=round((time.monotonic() - started) * 1000))

    def _unless_known(self, body: Body) -> Response[Body]:
        return unless_known(body, self._app.current_event.headers.get("if-none-match"))

    @property
    def _language(self) -> str:
        return str(self._app.context["language"])

    @property
    def _seconds(self) -> float:
        return float(self._app.context["deadline"]) - time.monotonic() - _ANSWERING_S


def _shown(alert: Alert, language: str) -> AlertShown:
    entry = ENTRIES[Rule(alert.rule)] if alert.rule in set(Rule) else None
    params = letters.params(alert)
    return AlertShown.model_validate(
        {
            "id": alert.id,
            "rule": alert.rule,
            "subject": alert.subject,
            "severity": alert.severity,
            "state": alert.state,
            "side": entry and entry.side.value,
            "action": entry and entry.action.value,
            "title": letters.title(alert, language),
            "detail": letters.detail(alert, language),
            "server_id": alert.server_id,
            "instance_id": alert.session_id,
            "instance_count": int(params["count"]) if alert.rule == Rule.SERVER_DOWN else None,
            "params": params,
            "opened_at": alert.opened_at,
            "acknowledged_at": alert.acknowledged_at,
            "acknowledged_by": alert.acknowledged_by,
            "told_at": alert.told_at,
            "resolved_at": alert.resolved_at,
        }
    )


def _encode(last: Alert) -> str:
    return base64.urlsafe_b64encode(json.dumps([last.opened_at.isoformat(), str(last.id)]).encode()).decode()


def _decode(cursor: str | None) -> tuple[datetime, UUID] | None:
    """When the last alert of the page before opened, and its id; raises `invalid_request`."""
    if not cursor:
        return None
    try:
        opened_at, last_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        # A time without its zone is not one of ours either.
        return datetime.fromisoformat(opened_at).astimezone(UTC), UUID(last_id)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise RequestError(
            Code.INVALID_REQUEST, errors=[FieldError("cursor", "is not one of ours: start again without it")]
        ) from error
