"""The reconciler's Lambda function: a schedule, POST /api/reconcile, and the queue of wake-ups."""

import gc
from functools import cache

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from reconciler.consuming import consume
from reconciler.outcome import Scope
from reconciler.routes import build
from reconciler.running import measured, remind, run
from sambung.edge import observing
from sambung.edge.api import Answer, Event, serve
from sambung.edge.wiring import Parts, parts_from_environment

__all__ = ["build", "handle", "lambda_handler"]

SPARE_S = 3.0  # for what is written at the end
_ROWS_BETWEEN_SEARCHES = 50_000


def handle(parts: Parts, app: APIGatewayHttpResolver, event: Event, context: LambdaContext) -> Answer:
    """Answer one invocation, whoever it comes from."""
    if "requestContext" in event:
        return serve(app, event, context)
    seconds = context.get_remaining_time_in_millis() / 1000 - SPARE_S
    if "Records" in event:
        return consume(parts, event, context, seconds=seconds)
    with observing.story("reconcile", str(event.get("id") or context.aws_request_id)) as told:
        result = run(parts, Scope(), seconds=seconds)
        told.bind(run_id=str(result.run_id), work_reminded=remind(parts), **result.counts())
        measured(result)
    return {"ok": True, **result.counts()}


@cache
def _parts() -> Parts:
    parts = parts_from_environment()
    # A sweep makes tens of thousands of rows and hardly a cycle: a search for cycles among them, and in all that was
    # imported, took it a third of its time.
    gc.freeze()
    gc.set_threshold(_ROWS_BETWEEN_SEARCHES)
    return parts


@cache
def _app() -> APIGatewayHttpResolver:
    return build(_parts())


def lambda_handler(event: Event, context: LambdaContext) -> Answer:
    """Sweep when the schedule calls, check or sweep what the queue names, answer who asks."""
    return handle(_parts(), _app(), event, context)
