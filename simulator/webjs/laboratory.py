"""The laboratory's own routes of a node under /_sim: what WhatsApp, the phone or the machine would do."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from simulator.faults import Faults
from simulator.wire import Body, Call, Refusal, Reply

if TYPE_CHECKING:
    from simulator.webjs.node import Knobs, Node
    from simulator.webjs.session import Session

KEPT_REQUESTS = 5000
DIED = 1


@dataclass
class Laboratory:
    """One node and what is done to it."""

    node: Node
    faults: Faults = field(default_factory=Faults)
    requests: deque[Body] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))

    async def answer(self, call: Call) -> Reply:
        """Obey a control call; an unknown one is answered 404."""
        match (call.method, *call.path[1:]):
            case ("GET", "state"):
                return Reply(200, self.state())
            case ("GET", "sessions" | "instances"):
                return Reply(200, self.sessions())
            case ("POST", "sessions" | "instances", name, action):
                self._act(name, action, call.body)
            case (_, *rest):
                self._set_up(call, rest)
        return Reply(200, {"ok": True})

    def _set_up(self, call: Call, path: list[str]) -> None:
        match (call.method, *path):
            case ("POST", "faults"):
                self.faults = _changed(self.faults, call.body)
            case ("DELETE", "faults"):
                self.faults = Faults()
            case ("POST", "webhooks"):
                self.node.notifier.deliver = bool(call.body.get("deliver", True))
            case ("POST", "settings"):
                self.node.knobs = _with(self.node, call.body)
            case ("POST", "process-restart"):
                self.node.forget()
                self.node.start()
            case ("POST", "crash"):
                os._exit(DIED)
            case _:
                raise Refusal(404, f"unknown control {call.method} {call.target}; see simulator/README.md")

    def _act(self, name: str, action: str, body: Body) -> None:
        number = body.get("number", "6281200000001")
        if action == "appear":
            self.node.appear(name, body.get("workspace_id", 1), str(number))
            return
        if action == "qr" and body.get("mode") == "none":
            self.node.silent.add(name)
            return
        session = self._session(name)
        match action:
            case "pair":
                _waiting(session)
                self.node.pair(session, None if number is None else str(number))
            case "drop":
                self.node.drop(session, str(body.get("reason", "CONFLICT")))
            case "qr":
                self.node.silent.discard(name)
                self.node.show_code(session)
            case "hang":
                session.hangs = bool(body.get("on", True))
            case "vanish":
                self.node.vanish(session)
            case "message":
                self.node.receive(session, str(body.get("from", "6281300000009")), str(body.get("text", "halo")))
            case "crash":
                os._exit(DIED)
            case _:
                raise Refusal(404, f"unknown control {action}; see simulator/README.md")

    def _session(self, name: str) -> Session:
        session = self.node.sessions.get(name)
        if session is None:
            raise Refusal(404, f"{name} is not here: create it, or let it appear")
        return session

    def state(self) -> Body:
        """Everything there is to see."""
        node = self.node
        return {
            "version": node.version,
            "announced": node.notifier.announced,
            "instances": self.sessions(),
            "delivered": node.notifier.history(),
            "requests": list(self.requests),
            "faults": self.faults.shown(),
        }

    def sessions(self) -> Body:
        """Every session by name."""
        return {str(name): _seen(session) for name, session in self.node.sessions.items()}


def _seen(session: Session) -> Body:
    return {
        "status": session.status,
        "number": session.number,
        "workspace_id": session.workspace,
        "qr_count": session.qr_count,
        "connected": session.status == "connected",
    }


def _waiting(session: Session) -> None:
    if session.status != "qr_scanning" or not session.qr_count:
        raise Refusal(409, f"{session.id} shows no code to pair with: connect it first")


def _changed(faults: Faults, changes: Body) -> Faults:
    try:
        return faults.merged(changes)
    except ValueError as unknown:
        raise Refusal(422, str(unknown)) from None


def _with(node: Node, changes: Body) -> Knobs:
    unknown = sorted(set(changes) - {item.name for item in fields(node.knobs)})
    if unknown:
        raise Refusal(422, f"unknown settings {unknown}")
    return replace(node.knobs, **changes)
