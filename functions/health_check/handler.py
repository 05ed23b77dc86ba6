"""The health check's Lambda function: a schedule that probes every server, and its last sample for whoever asks."""

import time
from collections.abc import Mapping
from functools import cache
from typing import Annotated
from uuid import UUID

import psycopg
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from health_check import alerting, checking, depths
from health_check.alert_routes import Alerts
from health_check.channels import ChannelBook
from health_check.courier import Deliver, deliverer
from health_check.metric_routes import Metrics
from health_check.models import CheckAsked, HealthCheck
from health_check.presenting import AGES, shown
from sambung.domain.errors import StoreUnavailable
from sambung.edge import observing
from sambung.edge.api import Answer, Event, answer_json, new_api, serve
from sambung.edge.etag import answer_unchanged, unless_known
from sambung.edge.observing import Metric
from sambung.edge.wiring import Parts, parts_from_environment
from sambung.store import alerts, channels, health, uptime

NOBODY = UUID(int=0)


def build(parts: Parts, send: Deliver | None = None) -> APIGatewayHttpResolver:
    """The routes over the given parts. `send` delivers letters to channels."""
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
        if asked is None or asked.server_id is None:
            watched(parts)
        return sample()

    @app.get("/health", summary="Whether Sambung works; no details", tags=["health"])
    def works() -> Response[str]:
        if _works(parts):
            return answer_json({"status": "ok"})
        return answer_json({"status": "unavailable"}, status_code=503)

    Metrics(parts, app).register()
    Alerts(parts, app, ChannelBook(parts, send or deliverer(local=parts.settings.is_local))).register()
    return app


def _works(parts: Parts) -> bool:
    """Whether the database answers and has the schema of this code. Accounts are at work wherever a request arrives:
    what verifies tokens also lets this one in."""
    try:
        with parts.database.transaction() as connection:
            health.known(connection, NOBODY, parts.now())
    except (StoreUnavailable, psycopg.errors.ProgrammingError, psycopg.errors.InsufficientPrivilege):
        return False
    return True


def scheduled(parts: Parts, send: Deliver, *, seconds: float) -> dict[str, int]:
    """One minute's run: look, tell what is wrong, tidy up; counts of what was seen and told."""
    until = time.monotonic() + seconds
    looks = checking.look(parts, seconds=seconds)
    watched(parts)
    evaluated = alerting.evaluate(parts, _queues(parts))
    told = alerting.deliver(parts, send, seconds=until - time.monotonic())
    _tidy(parts)
    return {
        "servers": len(looks),
        "reachable": sum(one.probe.reachable for one in looks),
        "alerts_opened": evaluated.opened,
        "alerts_resolved": evaluated.resolved,
        **told,
    }


def watched(parts: Parts) -> None:
    """Note that all servers were just looked at, and who could not be seen."""
    with parts.database.transaction() as connection:
        uptime.watched(connection, parts.now())


def _queues(parts: Parts) -> Mapping[str, int] | None:
    """Measure what is parked; what was given up, by queue."""
    settings = parts.settings
    parked = depths.depth(settings.overflow_queue_url) if settings.overflow_queue_url else None
    if parked is not None:
        observing.measure(Metric.OVERFLOW_DEPTH, parked)
    return depths.depths({url.rpartition("/")[2]: url for url in settings.dead_letter_queue_urls})


def _tidy(parts: Parts) -> None:
    now = parts.now()
    checking.roll_up(parts, now)
    for forget_old in (uptime.forget_old, alerts.forget_old, channels.forget_old):
        with parts.database.transaction() as connection:
            forget_old(connection, now)


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
        seconds = context.get_remaining_time_in_millis() / 1000 - 2
        told.bind(**scheduled(_parts(), deliverer(local=_parts().settings.is_local), seconds=seconds))
    return {"ok": True, **told.facts}
