"""The health check's Lambda function: a schedule that probes every server, and its last sample for whoever asks."""

import time
from functools import cache
from typing import Annotated
from uuid import UUID

import psycopg
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from health_check import checking
from health_check.models import CheckAsked, HealthCheck
from health_check.presenting import AGES, shown
from sambung.domain.errors import StoreUnavailable
from sambung.edge import observing
from sambung.edge.api import Answer, Event, answer_json, new_api, serve
from sambung.edge.etag import answer_unchanged, unless_known
from sambung.edge.wiring import Parts, parts_from_environment
from sambung.store import health

NOBODY = UUID(int=0)


def build(parts: Parts) -> APIGatewayHttpResolver:
    """The routes over the given parts."""
    app = new_api()
    answer_unchanged(app)

    def sample(client_id: UUID | None = None) -> HealthCheck:
        found = checking.sample(parts, client_id)
        return shown(found, now=parts.now(), language=str(app.context["language"]))

    @app.get("/api/health-check", summary="The last look at the fleet", tags=["health"])
    def last(client_id: Annotated[UUID | None, Query()] = None) -> Response[HealthCheck]:
        return unless_known(sample(client_id), app.current_event.headers.get("if-none-match"), ages=AGES)

    @app.post("/api/health-check", summary="Look at the fleet now", tags=["health"])
    def now(asked: CheckAsked | None = None) -> HealthCheck:
        seconds = float(app.context["deadline"]) - time.monotonic()
        checking.look(parts, seconds=seconds, server_id=asked.server_id if asked else None)
        return sample()

    @app.get("/health", summary="Whether Sambung works; no details", tags=["health"])
    def works() -> Response[str]:
        if _works(parts):
            return answer_json({"status": "ok"})
        return answer_json({"status": "unavailable"}, status_code=503)

    return app


def _works(parts: Parts) -> bool:
    """Whether the database answers and has the schema of this code. Accounts are at work wherever a request arrives:
    what verifies tokens also lets this one in."""
    try:
        with parts.database.transaction() as connection:
            health.known(connection, NOBODY)
    except (StoreUnavailable, psycopg.errors.ProgrammingError, psycopg.errors.InsufficientPrivilege):
        return False
    return True


def scheduled(parts: Parts, *, seconds: float) -> dict[str, int]:
    """One minute's run; counts of what was seen."""
    looks = checking.look(parts, seconds=seconds)
    checking.roll_up(parts, parts.now())
    return {"servers": len(looks), "reachable": sum(one.probe.reachable for one in looks)}


@cache
def _parts() -> Parts:
    return parts_from_environment()


@cache
def _app() -> APIGatewayHttpResolver:
    return build(_parts())


def lambda_handler(event: Event, context: LambdaContext) -> Answer:
    """Answer one request, or look when the schedule calls."""
    if "requestContext" in event:
        return serve(_app(), event, context, is_open=lambda method, path: (method, path) == ("GET", "/health"))
    with observing.story("health_check", str(event.get("id") or context.aws_request_id)) as told:
        told.bind(**scheduled(_parts(), seconds=context.get_remaining_time_in_millis() / 1000 - 2))
    return {"ok": True, **told.facts}
