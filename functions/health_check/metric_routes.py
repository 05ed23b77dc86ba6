"""Routes of what the dashboard draws: uptime, strips, latencies, events and syncs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from health_check.metric_models import (
    Events,
    InstanceUptime,
    Servers,
    ServerSeries,
    Strip,
    Strips,
    Success,
    SyncMetrics,
    Uptime,
)
from sambung.domain.alerts import SAMPLES_TO_JUDGE, SUCCESS_PERCENT
from sambung.domain.errors import Code, RequestError
from sambung.domain.uptime import Span, cells, shares, timeline, uptime
from sambung.edge.etag import unless_known
from sambung.edge.wiring import Parts
from sambung.store import metrics
from sambung.store.uptime import histories

WINDOWS: Final[Mapping[str, timedelta]] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
CELLS: Final = 96
STEPS: Final[Mapping[str, timedelta]] = {"1h": timedelta(minutes=1), "24h": timedelta(minutes=15)}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# They pass with the clock and are no news.
_CLOCK: Final[Mapping[str, object]] = {"begin": True, "end": True}


Body = TypeVar("Body", bound=BaseModel)


class Metrics:
    """What can be asked of the past."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver) -> None:
        self._parts = parts
        self._app = app

    def register(self) -> None:
        """Put the routes on the resolver."""
        for path, summary, answer in (
            ("uptime", "How long each status lasted", self.uptime),
            ("sync", "Sessions that moved", self.sync),
            ("strips", "Every instance's last day at a glance", self.strips),
            ("servers", "Servers' latencies", self.servers),
            ("events", "Webhook events over time", self.events),
        ):
            self._app.get(f"/api/metrics/{path}", summary=summary, tags=["metrics"])(answer)

    def uptime(
        self,
        window: Annotated[Literal["24h", "7d", "30d"], Query()] = "24h",
        instance_id: Annotated[UUID | None, Query()] = None,
    ) -> Response[Uptime]:
        span = self._last(window)
        with self._parts.database.transaction() as connection:
            found = histories(connection, span, instance_id)
        if instance_id is not None and not found:
            raise RequestError(Code.NOT_FOUND)
        items = []
        for one in found:
            parts = shares(timeline(one, span))
            items.append(
                InstanceUptime.model_validate(
                    {"instance_id": one.instance_id, "shares": parts, "uptime": uptime(parts)}
                )
            )
        return self._unless_known(Uptime(window=window, begin=span.begin, end=span.end, items=items))

    def strips(self, window: Annotated[Literal["24h"], Query()] = "24h") -> Response[Strips]:
        now = self._parts.now()
        step = WINDOWS[window] / CELLS
        span = _aligned(now, WINDOWS[window], step)
        until_now = Span(span.begin, now)
        with self._parts.database.transaction() as connection:
            found = histories(connection, until_now)
        items = [(one.instance_id, cells(timeline(one, until_now), span, CELLS)) for one in found]
        return self._unless_known(
            Strips(
                window=window,
                begin=span.begin,
                end=span.end,
                cells=CELLS,
                step_s=round(step.total_seconds()),
                items=[Strip.model_validate({"instance_id": one, "runs": runs}) for one, runs in items],
            )
        )

    def servers(self, window: Annotated[Literal["1h", "24h"], Query()] = "24h") -> Response[Servers]:
        span = _aligned(self._parts.now(), WINDOWS[window], STEPS[window])
        with self._parts.database.transaction() as connection:
            found = metrics.latencies(connection, span, STEPS[window])
        items = [
            ServerSeries(
                server_id=one.server_id,
                name=one.name,
                latencies_ms=one.median_ms,
                answered=one.answered,
                looks=one.looks,
            )
            for one in found
        ]
        step_s = round(STEPS[window].total_seconds())
        return self._unless_known(Servers(window=window, begin=span.begin, end=span.end, step_s=step_s, items=items))

    def events(self, window: Annotated[Literal["1h", "24h"], Query()] = "1h") -> Response[Events]:
        span = _aligned(self._parts.now(), WINDOWS[window], STEPS[window])
        with self._parts.database.transaction() as connection:
            counts = list(metrics.events(connection, span, STEPS[window]))
        return self._unless_known(
            Events(
                window=window,
                begin=span.begin,
                end=span.end,
                step_s=round(STEPS[window].total_seconds()),
                counts=counts,
                total=sum(counts),
            )
        )

    def sync(self, window: Annotated[Literal["1h", "24h", "7d", "30d"], Query()] = "7d") -> Response[SyncMetrics]:
        span = self._last(window)
        with self._parts.database.transaction() as connection:
            found = metrics.syncs(connection, span)
        samples = found.samples
        return self._unless_known(
            SyncMetrics(
                window=window,
                begin=span.begin,
                end=span.end,
                sync_events=found.moved,
                auto_syncs=found.moved - found.found_by.get("webhook", 0),
                found_by=dict(found.found_by),
                verification_failures=found.verification_failures,
                not_found=found.not_found,
                conflicts=found.conflict,
                success=Success(
                    ok=samples.ok,
                    of=samples.of,
                    rate=samples.percent,
                    target=SUCCESS_PERCENT,
                    needed=SAMPLES_TO_JUDGE,
                ),
            )
        )

    def _last(self, window: str) -> Span:
        now = self._parts.now()
        return Span(now - WINDOWS[window], now)

    def _unless_known(self, body: Body) -> Response[Body]:
        return unless_known(body, self._app.current_event.headers.get("if-none-match"), ages=_CLOCK)


def _aligned(now: datetime, length: timedelta, step: timedelta) -> Span:
    """The window of whole steps that ends with the present one, so that it stays the same until the next."""
    end = _EPOCH + ((now - _EPOCH) // step + 1) * step
    return Span(end - length, end)
