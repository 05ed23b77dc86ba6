"""Joins a simulated server, its faults and its laboratory to HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from simulator.control import Laboratory, visible
from simulator.faults import suffer
from simulator.wire import Call, Refusal, Reply, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.evolution.server import Evolution

CONTROL = "_sim"


def application(server: Evolution) -> web.Application:
    """The whole server as one web application, booted when it starts."""
    laboratory = Laboratory(server)

    async def respond(request: web.Request) -> web.Response:
        return _response(await _answer(laboratory, request))

    async def live(_app: web.Application) -> AsyncIterator[None]:
        await server.boot()
        yield
        await server.aclose()

    app = web.Application(client_max_size=16 * 2**20)
    app.router.add_route("*", "/{tail:.*}", respond)
    app.cleanup_ctx.append(live)
    return app


async def _answer(laboratory: Laboratory, request: web.Request) -> Reply:
    try:
        call = await read(request)
        if call.path[0] == CONTROL:
            return await laboratory.answer(call)
        reply = await _serve(laboratory, call)
    except Refusal as refusal:
        return refusal.reply
    laboratory.requests.append(visible(call, reply.status))
    return reply


async def _serve(laboratory: Laboratory, call: Call) -> Reply:
    server = laboratory.server
    try:
        route, handler = server.route(call)
    except Refusal as refusal:
        return refusal.reply
    faults = laboratory.faults
    suffers = faults.applies(route)
    key = (faults.key if suffers else None) or server.key

    async def answer() -> Reply:
        try:
            server.admit(route, call, key)
            return await handler(call)
        except Refusal as refusal:
            return refusal.reply

    if not suffers:
        return await answer()
    if faults.times is not None:
        laboratory.faults = replace(faults, times=faults.times - 1)
    return await suffer(faults, route, answer)


def _response(reply: Reply) -> web.Response:
    if reply.text is not None:
        kind = "application/json" if reply.text.startswith(("{", "[")) else "text/html"
        return web.Response(status=reply.status, text=reply.text, content_type=kind)
    return web.json_response(reply.body, status=reply.status)
