"""The routes of a node, with the service's own words."""

from __future__ import annotations

import asyncio
import os
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.webjs.node import Trouble
from simulator.webjs.session import now
from simulator.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.webjs.node import Node
    from simulator.webjs.session import Session
    from simulator.wire import Body, Call

    Answer = Callable[[Call], Awaitable[Reply]]

AVAILABLE = (
    "/health",
    "/health/detailed",
    "/health/ready",
    "/health/live",
    "/health/metrics",
    "/api/sessions",
    "/api/messages/send",
    "/api/messages/send-media",
    "/api/messages/bulk-send",
)
OPEN_ROUTES = frozenset({"health", "health_list", "ready", "live", "info", "root", "unknown"})
UNKNOWN_SESSION = Reply(404, {"error": "Session not found"})
UNKNOWN_KEY = Reply(401, {"error": "Invalid API key"})
BAD_JSON = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>Error</title>\n</head>\n<body>\n<pre>SyntaxError</pre>\n'
NEEDED = ("session_id", "recipient_phone", "message")
PHONE = re.compile(r"\+?[\d\s-]+", re.ASCII)
DIED = 1


@dataclass
class Api:
    """Names the route of a call and answers it."""

    node: Node
    started: float = field(default_factory=time.monotonic)

    def route(self, call: Call) -> tuple[str, Answer]:
        """The route's name for faults and keys, and who answers it."""
        match (call.method, *call.path):
            case ("GET", "health"):
                return "health", self._health
            case ("GET", "health", "detailed"):
                return "health_list", self._health_list
            case ("GET", "health", "ready"):
                return "ready", self._ready
            case ("GET", "health", "live"):
                return "live", self._live
            case ("GET", "info"):
                return "info", self._info
            case ("GET", ""):
                return "root", self._root
            case ("GET" | "POST", "api", "sessions"):
                return ("sessions", self._sessions) if call.method == "GET" else ("create", self._create)
            case (_, "api", "sessions", *_):
                return self._of_a_session(call)
            case ("POST", "api", "messages", "send"):
                return "send_text", self._send
        return "unknown", self._unknown

    def _of_a_session(self, call: Call) -> tuple[str, Answer]:
        match (call.method, *call.path[3:]):
            case ("GET", "status"):
                return "status", self._status
            case ("GET", "metadata"):
                return "metadata", self._metadata
            case ("POST", "reconnect"):
                return "reconnect", self._reconnect
            case ("POST", "regenerate-qr"):
                return "regenerate_qr", self._regenerate_qr
            case ("POST", "restore"):
                return "restore", self._restore
            case ("DELETE",):
                return "delete", self._delete
        return "unknown", self._unknown

    def admits(self, route: str, call: Call, key: str) -> bool:
        """Whether the key is where the service looks for it: in the query of a GET, in the body of the rest."""
        given = call.query.get("api_key") if call.method == "GET" else call.body.get("api_key")
        return route in OPEN_ROUTES or given == key

    async def _health(self, _: Call) -> Reply:
        total, connected = self._counts()
        counts = {"total": total, "connected": connected, "disconnected": total - connected}
        memory = {"used": 16, "total": 18, "unit": "MB"}
        body = {"status": "healthy", "uptime": self._uptime(), "sessions": counts, "memory": memory, "timestamp": now()}
        return Reply(200, body)

    async def _health_list(self, _: Call) -> Reply:
        total, connected = self._counts()
        rate = round(connected / total * 100) if total else 0
        counts = {"total": total, "connected": connected, "disconnected": total - connected, "connection_rate": rate}
        return Reply(
            200,
            {
                "status": "healthy",
                "uptime": self._uptime(),
                "start_time": now(),
                "timestamp": now(),
                "sessions": {**counts, "details": self._details()},
                "memory": {"heap_used": 17, "heap_total": 18, "external": 3, "rss": 74, "unit": "MB"},
                "cpu": {"user": 350715, "system": 45386},
                "node": {"version": "v20.20.2", "platform": "linux", "arch": "x64", "pid": os.getpid()},
                "environment": {"node_env": "development", "port": self._port(), "laravel_url": "configured"},
            },
        )

    def _details(self) -> Body | list[Body]:
        sessions = [s for s in self.node.sessions.values() if s.id is not None]
        if self.node.knobs.names_in_health:
            return [{"session_id": session.id} for session in sessions]
        by_status: dict[str, int] = {}
        for session in self.node.sessions.values():
            by_status[session.status] = by_status.get(session.status, 0) + 1
        first = next((s for s in sessions if s.connected_at), None)
        newest = None if first is None else {"session_id": first.id, "connected_at": first.connected_at}
        longest = None if newest is None else {**newest, "uptime_hours": 0.001}
        return {"by_status": by_status, "longest_uptime": longest, "newest_session": newest}

    async def _ready(self, _: Call) -> Reply:
        count = len(self.node.sessions)
        configured = {"laravel_configured": True, "api_key_configured": True}
        checks = {**configured, "active_sessions": count > 0, "session_count": count}
        return Reply(200, {"ready": True, "timestamp": now(), "checks": checks})

    async def _live(self, _: Call) -> Reply:
        """The service forgets to wait for its own measurement."""
        body = {"alive": False, "uptime": self._uptime(), "event_loop_delay_ms": {}, "timestamp": now()}
        return Reply(503, body)

    async def _info(self, _: Call) -> Reply:
        platform = {"node_env": "development", "node_version": "v20.20.2", "platform": "linux", "arch": "x64"}
        service = {"start_time": now(), "uptime_seconds": self._uptime(), "pid": os.getpid()}
        names = ("health", "detailed_health", "readiness", "liveness", "metrics")
        return Reply(
            200,
            {
                "name": "whatsapp-service",
                "version": "1.0.0",
                "description": "WhatsApp Web.js Service",
                "environment": platform,
                "service": service,
                "endpoints": dict(zip(names, AVAILABLE, strict=False)),
                "timestamp": now(),
            },
        )

    async def _root(self, _: Call) -> Reply:
        return Reply(200, {"service": "WhatsApp Web.js Service", "version": "1.0.0", "status": "running"})

    async def _unknown(self, call: Call) -> Reply:
        path = "/" + "/".join(call.path)
        told = {"path": path, "method": call.method, "available_endpoints": list(AVAILABLE), "timestamp": now()}
        return Reply(404, {"error": "Endpoint not found", **told})

    async def _sessions(self, _: Call) -> Reply:
        rows = [session.row() for session in self.node.sessions.values()]
        return Reply(200, {"success": True, "sessions": rows, "total": len(rows)})

    async def _create(self, call: Call) -> Reply:
        return await self._opened(call, call.body.get("session_id"))

    async def _reconnect(self, call: Call) -> Reply:
        """Also of a session it never had."""
        if old := self.node.sessions.get(call.path[2]):
            self.node.vanish(old)
        return await self._opened(call, call.path[2])

    async def _regenerate_qr(self, call: Call) -> Reply:
        made = await self._reconnect(call)
        return Reply(200, {"expires_in": 300}) if made.status == 200 else made  # noqa: PLR2004

    async def _opened(self, call: Call, name: Any) -> Reply:  # noqa: ANN401 - whatever was sent
        if self.node.knobs.browser_hangs:
            await self._die_of(self.node.knobs.create_limit_s)
        try:
            session = await self.node.open(name, call.body.get("workspace_id"), call.body.get("account_id"))
        except Trouble as trouble:
            return trouble.reply
        named = {} if session.id is None else {"session_id": session.id}
        return Reply(200, {"success": True, **named, "status": "qr_scanning"})

    async def _restore(self, _: Call) -> Reply:
        return Reply(500, {"error": "workspaceId is not defined"})

    async def _status(self, call: Call) -> Reply:
        session = self.node.sessions.get(call.path[2])
        return UNKNOWN_SESSION if session is None else Reply(200, session.shown())

    async def _metadata(self, call: Call) -> Reply:
        session = self.node.sessions.get(call.path[2])
        if session is None:
            return UNKNOWN_SESSION
        return Reply(200, {"success": True, "session_id": session.id, "metadata": session.metadata()})

    async def _delete(self, call: Call) -> Reply:
        session = self.node.sessions.get(call.path[2])
        if session is None:
            said = "Session already disconnected or not found in memory"
            return Reply(200, {"success": True, "message": said, "alreadyDisconnected": True})
        self.node.vanish(session)
        return Reply(200, {"success": True, "message": "Session disconnected successfully"})

    async def _send(self, call: Call) -> Reply:
        refused = self._refused(call.body)
        if refused is not None:
            return refused
        session, to, text = (
            self.node.sessions[call.body["session_id"]],
            call.body["recipient_phone"],
            call.body["message"],
        )
        if call.body.get("type", "text") != "text":
            return Reply(200, {"success": True})
        if session.hangs:
            await self._die_of(self.node.knobs.send_limit_s)
        await asyncio.sleep(0.01)
        return self._sent(session, to, text)

    def _sent(self, session: Session, to: str, text: Any) -> Reply:  # noqa: ANN401 - a text or an object
        if not to.isdigit():
            return Reply(500, {"error": "Evaluation failed: Error: wid error: invalid wid (stub model)"})
        if self.node.knobs.library_throws:
            return Reply(500, {"error": "Evaluation failed: lab"})
        message_id, at = self.node.sent(session, to, text)
        return Reply(200, {"success": True, "message_id": message_id, "timestamp": at})

    def _refused(self, body: Body) -> Reply | None:
        """What the service says before it looks at WhatsApp."""
        to, message = body.get("recipient_phone"), body.get("message")
        if not all(body.get(name) for name in NEEDED):
            return Reply(400, {"error": "Missing required fields", "required": list(NEEDED)})
        if not isinstance(message, str | dict):
            return Reply(400, {"error": "Message must be string or object"})
        if not isinstance(to, str):
            return Reply(500, {"error": "recipient_phone.replace is not a function"})
        if not PHONE.fullmatch(to):
            return Reply(400, {"error": "Invalid phone number format"})
        session = self.node.sessions.get(body["session_id"])
        if session is None:
            return UNKNOWN_SESSION
        if session.status != "connected":
            return Reply(400, {"error": "Session not connected. Please check session status."})
        return None

    async def _die_of(self, limit_s: float) -> None:
        """A request over its limit throws where nobody catches: the process ends, and every connection with it."""
        await self.node.pace.sleep(limit_s)
        os._exit(DIED)

    def _counts(self) -> tuple[int, int]:
        sessions = self.node.sessions.values()
        return len(sessions), sum(session.status == "connected" for session in sessions)

    def _uptime(self) -> float:
        return round(time.monotonic() - self.started, 9)

    def _port(self) -> int:
        return int(self.node.url.rpartition(":")[2] or 0)
