"""The HTTP API on this machine: routes, authorizer, CORS and limits as API Gateway has them, and the page beside it."""

import asyncio
import json
import socket
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

import aiohttp
import jwt
from aiohttp import web

from local import cors
from local.authorizer import UnauthorizedError, bearer, unauthorized, verify
from local.aws import Aws
from local.events import (
    Answer,
    Identity,
    MalformedAnswerError,
    Request,
    http_answer,
    http_event,
    joined_headers,
    plain_answer,
)
from local.function_log import FunctionLog
from local.identity import PUBLIC_ACTIONS, UserPool
from local.page import Page
from local.routes import Match, choose
from local.template import Cors, JwtAuthorizer, Route
from local.throttle import TokenBucket
from local.workers import PayloadTooLargeError, WorkerPool

INTEGRATION_S = 30.0
BODY_LIMIT = 10 * 1024 * 1024
HEADERS_LIMIT = 10240
LONGEST_LINE = 1024 * 1024
LAST_REQUESTS_S = 5.0
AUTH_PATH = "/cognito"
LOGIN_BODY_LIMIT = 16384


@dataclass(frozen=True, slots=True)
class Api:
    """What template.yaml says of the HTTP API."""

    routes: tuple[Route, ...]
    cors: Cors
    authorizer: JwtAuthorizer | None


class Gateway:
    """Answers requests by the page, the login or a function."""

    def __init__(
        self, api: Api, pools: Mapping[str, WorkerPool], page: Page, aws: Aws, users: UserPool, log: FunctionLog
    ) -> None:
        self._api = api
        self._pools = pools
        self._page = page
        self._aws = aws
        self._users = users
        self._log = log
        now = time.monotonic()
        self._buckets = {route.key: TokenBucket(route.throttle, now) for route in api.routes if route.throttle}
        self._keys: jwt.PyJWKSet | None = None
        self._running: set[asyncio.Task[Answer]] = set()
        self._runner: web.ServerRunner | None = None

    async def start(self, listener: socket.socket) -> None:
        """Serve on a bound socket."""
        server = web.Server(
            self._serve,
            access_log=None,
            max_line_size=LONGEST_LINE,
            max_headers=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            auto_decompress=False,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=LAST_REQUESTS_S)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        """Take no more requests, and give those under way a little time."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._running:
            await asyncio.wait(self._running, timeout=LAST_REQUESTS_S)

    async def _serve(self, incoming: web.BaseRequest) -> web.StreamResponse:
        request = _request(incoming, b"")
        headers = joined_headers(request)
        answer = await self._answer(incoming, request, headers)
        return _response(answer, str(uuid.uuid4()))

    async def _answer(self, incoming: web.BaseRequest, request: Request, headers: Mapping[str, str]) -> Answer:
        if request.path == AUTH_PATH or request.path.startswith(AUTH_PATH + "/"):
            return await self._login(incoming, request, headers)
        if self._api.cors.origins and cors.is_preflight(request.method, headers):
            return cors.preflight(self._api.cors, headers)
        match = choose(self._api.routes, request.method, request.path)
        if match is None and request.method in {"GET", "HEAD"} and (page := self._page_answer(request, headers)):
            return page
        started = time.monotonic()
        answer = await self._api_answer(incoming, match, headers)
        self._access(request, match, answer, time.monotonic() - started)
        return cors.with_cors(self._api.cors, headers, answer)

    def _page_answer(self, request: Request, headers: Mapping[str, str]) -> Answer | None:
        if request.path == "/config.json":
            origin = f"{headers['x-forwarded-proto'].partition(',')[0]}://{headers.get('host', '')}"
            return self._page.config(origin, self._users.issuer, self._users.client_id, AUTH_PATH)
        return self._page.answer(unquote(request.path), headers)

    async def _api_answer(self, incoming: web.BaseRequest, match: Match | None, headers: Mapping[str, str]) -> Answer:
        if sum(len(name) + len(value) for name, value in headers.items()) > HEADERS_LIMIT:
            return plain_answer(431, "Request Header Fields Too Large")
        if match is None:
            return plain_answer(404, "Not Found")
        bucket = self._buckets.get(match.route.key)
        if bucket is not None and not bucket.admit(time.monotonic()):
            return plain_answer(429, "Too Many Requests")
        try:
            identity = await self._identity(match.route, headers)
        except UnauthorizedError as error:
            return unauthorized(error)
        except (aiohttp.ClientError, TimeoutError):
            return plain_answer(500, "Internal Server Error")
        body = await _body(incoming, BODY_LIMIT)
        if body is None:
            return plain_answer(413, "Request Entity Too Large")
        return await self._integrate(_request(incoming, body), match, identity)

    async def _identity(self, route: Route, headers: Mapping[str, str]) -> Identity | None:
        if not route.authorized or self._api.authorizer is None:
            return None
        token = bearer(headers)
        if self._keys is None:
            self._keys = jwt.PyJWKSet.from_json((await self._aws.get(self._users.keys_path)).decode())
        return verify(token, self._api.authorizer, self._keys)

    async def _integrate(self, request: Request, match: Match, identity: Identity | None) -> Answer:
        """Invoke the function; it runs on when nobody waits any more, as in Lambda."""
        event = http_event(request, match, identity, str(uuid.uuid4()), datetime.now(UTC))
        task = asyncio.create_task(self._invoke(match.route, event))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.wait_for(asyncio.shield(task), INTEGRATION_S)
        except TimeoutError:
            return plain_answer(503, "Service Unavailable")

    async def _invoke(self, route: Route, event: dict[str, object]) -> Answer:
        try:
            invocation = await self._pools[route.function].invoke(event)
        except PayloadTooLargeError:
            return plain_answer(413, "Request Entity Too Large")
        if invocation.error:
            return plain_answer(500, "Internal Server Error")
        try:
            return http_answer(invocation.result)
        except MalformedAnswerError as error:
            self._log.platform("ERROR", f"{route.key}: {route.function} answered wrongly: {error}")
            return plain_answer(500, "Internal Server Error")

    async def _login(self, incoming: web.BaseRequest, request: Request, headers: Mapping[str, str]) -> Answer:
        """Pass a login on to the user pool, and nothing else: the stand-in checks no permissions."""
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if request.method != "POST" or action not in PUBLIC_ACTIONS:
            return plain_answer(403, "Forbidden")
        body = await _body(incoming, LOGIN_BODY_LIMIT)
        if body is None:
            return plain_answer(413, "Request Entity Too Large")
        try:
            status, answer = await self._aws.forward("cognito-idp", action, body)
        except (aiohttp.ClientError, TimeoutError):
            return plain_answer(503, "Service Unavailable")
        return Answer(status, (("content-type", "application/x-amz-json-1.1"), ("cache-control", "no-store")), answer)

    def _access(self, request: Request, match: Match | None, answer: Answer, seconds: float) -> None:
        """Log the route and never the path, which can carry a gateway's secret."""
        entry = {
            "level": "INFO",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "message": "access",
            "routeKey": match.route.key if match else "-",
            "method": request.method,
            "status": answer.status,
            "latencyMs": round(seconds * 1000),
        }
        self._log.write(json.dumps(entry))


def _request(incoming: web.BaseRequest, body: bytes) -> Request:
    target = incoming.raw_path if incoming.raw_path.startswith("/") else incoming.rel_url.raw_path_qs
    path, _, query = target.partition("#")[0].partition("?")
    major, minor = incoming.version
    return Request(
        method=incoming.method,
        path=path,
        query=query,
        headers=list(incoming.headers.items()),
        body=body,
        source_ip=incoming.remote or "127.0.0.1",
        protocol=f"HTTP/{major}.{minor}",
    )


async def _body(incoming: web.BaseRequest, limit: int) -> bytes | None:
    """The body, or None when it is longer than the limit."""
    parts, size = [], 0
    async for chunk in incoming.content.iter_any():
        size += len(chunk)
        if size > limit:
            return None
        parts.append(chunk)
    return b"".join(parts)


def _response(answer: Answer, request_id: str) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body)
    for name, value in answer.headers:
        if name.lower() == "content-type":
            response.headers[name] = value
        else:
            response.headers.add(name, value)
    response.headers["apigw-requestid"] = request_id
    return response
