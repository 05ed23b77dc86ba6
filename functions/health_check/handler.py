"""The health check's Lambda function: a schedule that probes every server, and GET /health for whoever watches us."""

import asyncio
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from sambung.domain.errors import StoreUnavailable
from sambung.edge.api import Answer, Event, answer_json, new_api, serve
from sambung.edge.probing import look_at, warnings_for
from sambung.edge.wiring import Parts, parts_from_environment
from sambung.store import servers

logger = Logger()


def build(parts: Parts) -> APIGatewayHttpResolver:
    """The routes over the given parts."""
    app = new_api()

    @app.get("/health", summary="Whether Sambung works; no details", tags=["health"])
    def health() -> Response[str]:
        try:
            with parts.database.transaction() as connection:
                connection.execute("SELECT count(*) FROM servers")
        except StoreUnavailable:
            return answer_json({"status": "unavailable"}, status_code=503)
        return answer_json({"status": "ok"})

    return app


def probe_all(parts: Parts) -> dict[str, int]:
    """Look at every enabled server at once and keep what was seen; one that hangs delays nobody beyond its deadline."""
    with parts.database.transaction() as connection:
        known = [server for server in servers.all_servers(connection) if server.enabled]

    async def look_everywhere() -> list[servers.Probe]:
        return await asyncio.gather(*(look_at(parts, server) for server in known))

    probes = parts.run(look_everywhere())
    with parts.database.transaction() as connection:
        for server, probe in sorted(zip(known, probes, strict=True), key=lambda pair: pair[0].id):
            warned = warnings_for(parts.settings.public_url, server.base_url)
            servers.record_probe(connection, server.id, probe, warned, parts.now())
    return {"servers": len(known), "reachable": sum(probe.reachable for probe in probes)}


@cache
def _parts() -> Parts:
    return parts_from_environment()


@cache
def _app() -> APIGatewayHttpResolver:
    return build(_parts())


def lambda_handler(event: Event, context: LambdaContext) -> Answer:
    """Answer one request, or probe when the schedule calls."""
    if "requestContext" in event:
        return serve(_app(), event, context, is_open=lambda method, path: (method, path) == ("GET", "/health"))
    counts = probe_all(_parts())
    logger.info("servers probed", extra=dict(counts))
    return {"ok": True, **counts}
