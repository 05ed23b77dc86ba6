"""The laboratory's own routes under /_sim: what WhatsApp, the phone or the operator of a server would do."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from simulator.evolution.record import Account
from simulator.evolution.session import Ending
from simulator.faults import Faults
from simulator.wire import Body, Call, Json, Refusal, Reply

if TYPE_CHECKING:
    from simulator.evolution.server import Evolution
    from simulator.evolution.session import Session, Socket

KEPT_REQUESTS = 5000
DEFAULT_NAME = "Lab User"
DEFAULT_SENDER = "6281300000009"


@dataclass
class Laboratory:
    """One server and what is done to it."""

    server: Evolution
    faults: Faults = field(default_factory=Faults)
    requests: deque[Body] = field(default_factory=lambda: deque(maxlen=KEPT_REQUESTS))

    async def answer(self, call: Call) -> Reply:
        """Obey a control call; an unknown one is answered 404 with what there is."""
        match (call.method, *call.path[1:]):
            case ("GET", "state"):
                return Reply(200, self.state())
            case ("GET", "instances"):
                return Reply(200, self.instances())
            case ("POST", "faults"):
                self.faults = _changed(self.faults, call.body)
            case ("DELETE", "faults"):
                self.faults = Faults()
            case ("POST", "webhooks"):
                self.server.courier.lab = _replaced(self.server.courier.lab, call.body)
            case ("POST", "settings"):
                self.server.knobs = _replaced(self.server.knobs, call.body)
            case ("POST", "process-restart"):
                await self.server.process_restart()
            case ("POST", "instances", name, "qr"):
                self._silence(name, on=call.body.get("mode", "normal") == "none")
            case ("POST", "instances", name, action):
                self._act(self.server.session(name), action, call.body)
            case _:
                raise Refusal(404, f"unknown control {call.method} {call.target}; see simulator/README.md")
        return Reply(200, {"ok": True})

    def _silence(self, name: str, *, on: bool) -> None:
        """Withhold codes, also from an instance that is yet to be created."""
        session = self.server.sessions.get(name)
        if on:
            self.server.silent.add(name)
        else:
            self.server.silent.discard(name)
        if session is not None:
            (session.codes_come.clear if on else session.codes_come.set)()

    def _act(self, session: Session, action: str, body: Body) -> None:
        match action:
            case "pair":
                account = Account(str(body.get("number", "6281200000001")), str(body.get("profile_name", DEFAULT_NAME)))
                _pairable(session).pair(account, direct=bool(body.get("direct")))
            case "drop":
                _socket(session).close(Ending(int(body.get("code", 408))))
            case "qr-limit":
                session.refuse()
            case "offline":
                _offline(session, on=bool(body.get("on", True)), drop=bool(body.get("drop", True)))
            case "message":
                sender, text = str(body.get("from", DEFAULT_SENDER)), str(body.get("text", "halo"))
                self.server.receive(session, sender, text, str(body.get("push_name", "Ana")))
            case "half-loaded":
                session.leave()
                session.state = None
            case _:
                raise Refusal(404, f"unknown control {action}; see simulator/README.md")

    def state(self) -> Body:
        """Everything there is to see."""
        server = self.server
        return {
            "version": server.version,
            "instances": self.instances(),
            "webhooks": dict(server.store.webhooks),
            "delivered": server.courier.history(),
            "requests": list(self.requests),
            "faults": self.faults.shown(),
        }

    def instances(self) -> Body:
        """Every instance by name, as memory and database have it."""
        return {name: self._instance(name) for name in {**self.server.store.records, **self.server.sessions}}

    def _instance(self, name: str) -> Body:
        session, record = self.server.sessions.get(name), self.server.store.records.get(name)
        return {
            "memory": session.state if session else None,
            "loaded": session is not None,
            "database": record.status if record else None,
            "number": record.account.number if record and record.account else None,
            "qr_count": session.code.count if session else 0,
            "sockets": len(session.sockets) if session else 0,
            "connected": session is not None and session.client is not None,
        }


def _pairable(session: Session) -> Socket:
    socket = _socket(session)
    if not socket.pairs:
        raise Refusal(409, f"{session.name} shows no code to pair with: call connect first")
    return socket


def _socket(session: Session) -> Socket:
    if session.client is None:
        raise Refusal(409, f"{session.name} has no connection: call connect first")
    return session.client


def _offline(session: Session, *, on: bool, drop: bool) -> None:
    if not on:
        session.reachable.set()
        return
    session.reachable.clear()
    if drop and session.client is not None:
        session.client.close(Ending(408))


def _changed(faults: Faults, changes: Body) -> Faults:
    try:
        return faults.merged(changes)
    except ValueError as unknown:
        raise Refusal(422, str(unknown)) from None


def _replaced(settings: Any, changes: Body) -> Any:  # noqa: ANN401
    unknown = sorted(set(changes) - {item.name for item in fields(settings)})
    if unknown:
        raise Refusal(422, f"unknown settings {unknown}")
    return replace(settings, **changes)


def visible(call: Call, status: int) -> dict[str, Json]:
    """A request as the state shows it: never with its key."""
    return {"method": call.method, "path": call.target, "status": status, "body": call.body}
