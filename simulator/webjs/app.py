"""Joins a node, its faults and its laboratory to HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlencode

from aiohttp import web

from simulator.faults import suffer
from simulator.webjs.api import BAD_JSON, UNKNOWN_KEY, Api
from simulator.webjs.laboratory import Laboratory
from simulator.wire import Body, Call, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulator.webjs.node import Node

CONTROL = "_sim"


def application(node: Node) -> web.Application:
    """The whole node as one web application; it restores its sessions when it starts."""
    laboratory, api = Laboratory(node), Api(node)

    async def respond(request: web.Request) -> web.Response:
        return _response(await _answer(laboratory, api, request))

    async def live(_app: web.Application) -> AsyncIterator[None]:
        node.start()
        yield
        await node.aclose()

    app = web.Application(client_max_size=16 * 2**20)
    app.router.add_route("*", "/{tail:.*}", respond)
    app.cleanup_ctx.append(live)
    return app


async def _answer(laboratory: Laboratory, api: Api, request: web.Request) -> Reply:
    try:
        call = await _read(request)
    except ValueError:
        return Reply(400, text=BAD_JSON)
    if call.path[0] == CONTROL:
        try:
            return await laboratory.answer(call)
        except Refusal as refusal:
            return refusal.reply
    reply = await _serve(laboratory, api, call)
    laboratory.requests.append(_visible(call, reply.status))
    return reply


async def _serve(laboratory: Laboratory, api: Api, call: Call) -> Reply:
    route, respond = api.route(call)
    faults = laboratory.faults
    suffers = faults.applies(route)
    key = (faults.key if suffers else None) or api.node.key

    async def answer() -> Reply:
        return await respond(call) if api.admits(route, call, key) else UNKNOWN_KEY

    if not suffers:
        return await answer()
    if faults.times is not None:
        laboratory.faults = replace(faults, times=faults.times - 1)
    reply = await suffer(faults, route, answer)
    return _shortened(reply, empty=faults.empty_list, half=faults.half_list) if route == "sessions" else reply


def _shortened(reply: Reply, *, empty: bool, half: bool) -> Reply:
    """The list with none of its rows, or half of them."""
    if not (empty or half) or not isinstance(reply.body, dict) or "sessions" not in reply.body:
        return reply
    rows = reply.body["sessions"]
    kept = [] if empty else rows[: len(rows) // 2]
    return Reply(reply.status, {**reply.body, "sessions": kept, "total": len(kept)})


async def _read(request: web.Request) -> Call:
    """Take a request apart.

    Raises:
        ValueError: the body claims to be JSON and is not.
    """
    return Call(
        method=request.method,
        target=request.path_qs,
        path=tuple(unquote(part) for part in request.rel_url.raw_path.strip("/").split("/")),
        query=dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)),
        key=None,
        body=await _body(request),
    )


async def _body(request: web.Request) -> Body:
    raw = await request.read()
    if not raw or request.content_type != "application/json":
        return {}
    body = json.loads(raw)
    return body if isinstance(body, dict) else {}


def _visible(call: Call, status: int) -> Body:
    """A request as the state shows it: never with its key."""
    kept = urlencode({name: value for name, value in call.query.items() if name != "api_key"})
    path = "/" + "/".join(call.path) + (f"?{kept}" if kept else "")
    body = {name: value for name, value in call.body.items() if name != "api_key"}
    return {"method": call.method, "path": path, "status": status, "body": body}


def _response(reply: Reply) -> web.Response:
    if reply.text is not None:
        kind = "application/json" if reply.text.startswith(("{", "[")) else "text/html"
        return web.Response(status=reply.status, text=reply.text, content_type=kind)
    return web.json_response(reply.body, status=reply.status)
