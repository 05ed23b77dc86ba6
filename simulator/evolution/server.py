"""What Evolution servers of both generations have in common: guards, instances in memory, events to webhooks."""

from __future__ import annotations

import asyncio
import re
import uuid
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from simulator.evolution.record import Record, Store
from simulator.evolution.session import Ending, Knobs, Session
from simulator.evolution.webhooks import Courier, Parcel, Patience
from simulator.wire import Body, Call, Json, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from simulator.pace import Pace

    Handler = Callable[[Call], Awaitable[Reply]]

UNANSWERED_SECONDS = 60.0
SHORTEST_NUMBER = 8


class Evolution(ABC):
    """One server. Each generation says what it calls things; the rest is here."""

    version: ClassVar[str]
    agent: ClassVar[str]
    patience: ClassVar[Patience]
    connect_wait_s: ClassVar[float]
    create_wait_s: ClassVar[float] = 5.0
    qr_refresh_s: ClassVar[float]
    restart_method: ClassVar[str]
    final_codes: AbstractSet[int]

    def __init__(self, key: str, pace: Pace, file: Path | None = None) -> None:
        self.key = key
        self.pace = pace
        self.file = file
        self.url = ""
        self.knobs = Knobs(qr_refresh_s=self.qr_refresh_s)
        self.courier = Courier(self.patience, pace, self.agent)
        self.sessions: dict[str, Session] = {}
        self.silent: set[str] = set()
        self.store = Store.load(file) if file is not None and file.exists() else Store()

    # --- routes ---

    def routes(self) -> Mapping[tuple[str, str, str], tuple[str, Handler]]:
        """(method, first segment, second segment) -> (the route's name for faults, handler)."""
        return {
            ("GET", "", ""): ("info", self.info),
            ("POST", "instance", "create"): ("create", self.create),
            ("GET", "instance", "fetchInstances"): ("fetchInstances", self.fetch_instances),
            ("GET", "instance", "connect"): ("connect", self.connect),
            ("GET", "instance", "connectionState"): ("connectionState", self.connection_state),
            (self.restart_method, "instance", "restart"): ("restart", self.restart),
            ("DELETE", "instance", "logout"): ("logout", self.logout),
            ("DELETE", "instance", "delete"): ("delete", self.delete),
            ("POST", "webhook", "set"): ("webhook_set", self.webhook_set),
            ("GET", "webhook", "find"): ("webhook_find", self.webhook_find),
            ("POST", "message", "sendText"): ("sendText", self.send_text),
        }

    _NAMELESS: ClassVar[frozenset[str]] = frozenset({"info", "create", "fetchInstances"})

    def route(self, call: Call) -> tuple[str, Handler]:
        """Find the route.

        Raises:
            Refusal: 404, when there is none.
        """
        found = self.routes().get((call.method, call.path[0], call.path[1] if len(call.path) > 1 else ""))
        if found is None or len(call.path) != self._segments(found[0]):
            raise Refusal(404, [f"Cannot {call.method} {call.target.partition('?')[0]}"])
        return found

    def _segments(self, route: str) -> int:
        if route == "info":
            return 1
        return 2 if route in self._NAMELESS else 3

    def admit(self, route: str, call: Call, key: str) -> None:
        """Check instance and key, in this order.

        Raises:
            Refusal: 404 for an unknown instance whatever the key, 401 for a key that does not fit.
        """
        if route == "info":
            return
        if route in self._NAMELESS:
            if call.key != key and not self.lets_in(route, call):
                raise Refusal(401, "Unauthorized")
            return
        session = self.session(call.name)
        if call.key not in {key, session.record.token}:
            raise Refusal(401, "Unauthorized")

    @abstractmethod
    def lets_in(self, route: str, call: Call) -> bool:
        """Whether a key other than the server's own opens a route that names no instance."""

    def session(self, name: str) -> Session:
        """The instance in memory.

        Raises:
            Refusal: 404, when there is none.
        """
        if name not in self.sessions:
            raise Refusal(404, [f'The "{name}" instance does not exist'])
        return self.sessions[name]

    @abstractmethod
    def about(self) -> Body:
        """What the server says of itself."""

    async def info(self, _call: Call) -> Reply:
        return Reply(200, self.about())

    @abstractmethod
    async def create(self, call: Call) -> Reply: ...
    @abstractmethod
    async def fetch_instances(self, call: Call) -> Reply: ...
    @abstractmethod
    async def restart(self, call: Call) -> Reply: ...
    @abstractmethod
    async def logout(self, call: Call) -> Reply: ...
    @abstractmethod
    async def delete(self, call: Call) -> Reply: ...
    @abstractmethod
    async def webhook_set(self, call: Call) -> Reply: ...
    @abstractmethod
    async def webhook_find(self, call: Call) -> Reply: ...
    @abstractmethod
    async def send_text(self, call: Call) -> Reply: ...

    @staticmethod
    def wanted(call: Call) -> str | None:
        """What a list is asked for, if not for everything."""
        return next((call.query[key] for key in ("instanceName", "instanceId", "number") if call.query.get(key)), None)

    async def connection_state(self, call: Call) -> Reply:
        """The memory's word; without `state` while there is none."""
        return Reply(200, {"instance": self.state_of(self.session(call.name))})

    @staticmethod
    def state_of(session: Session) -> Body:
        state = {} if session.state is None else {"state": session.state}
        return {"instanceName": session.name, **state}

    async def connect(self, call: Call) -> Reply:
        """Open a socket if the state is close, and answer the code after the generation's wait."""
        session = self.session(call.name)
        if session.state is None:
            return self.connect_failed()
        if session.state == "open":
            return Reply(200, {"instance": self.state_of(session)})
        if session.state == "close":
            await session.open_socket(call.query.get("number"))
            await self.pace.sleep(self.connect_wait_s)
        return Reply(200, session.code.shown())

    @abstractmethod
    def connect_failed(self) -> Reply:
        """What connect answers when it fails inside: 200, and nothing that helps."""

    # --- instances ---

    def admit_session(self, record: Record) -> Session:
        """Put an instance into memory and storage."""
        self.store.records[record.name] = record
        session = self._load(record)
        self.changed()
        return session

    def _load(self, record: Record) -> Session:
        session = Session(self, record, self.store.webhooks.get(record.name))
        if record.name in self.silent:
            session.codes_come.clear()
        self.sessions[record.name] = session
        return session

    def forget(self, name: str) -> None:
        """Remove an instance everywhere; a socket that leaked goes on."""
        session = self.sessions.pop(name, None)
        if session is not None:
            session.leave()
        self.store.records.pop(name, None)
        self.store.webhooks.pop(name, None)
        self.changed()

    def keep_webhook(self, session: Session, webhook: Body) -> None:
        """Store a webhook and use it from now on."""
        session.webhook = webhook
        self.store.webhooks[session.name] = webhook
        self.changed()

    async def boot(self) -> None:
        """Load what is stored, as a start of the process does: every instance connects by itself."""
        for record in list(self.store.records.values()):
            if self.survives(record):
                session = self._load(record)
                session.state = None
                session.spawn(session.open_socket())
            else:
                del self.store.records[record.name]
        self.changed()

    @abstractmethod
    def survives(self, record: Record) -> bool:
        """Whether an instance is loaded again at the start."""

    async def process_restart(self) -> None:
        """Lose the memory and all deliveries underway, and boot."""
        self.courier.forget()
        for session in self.sessions.values():
            session.kill()
        self.sessions.clear()
        await self.boot()

    async def aclose(self) -> None:
        """Stop."""
        for session in self.sessions.values():
            session.kill()
        await self.courier.aclose()

    def changed(self) -> None:
        """Write what outlives the process, if it was given a file."""
        if self.file is not None:
            self.store.save(self.file)

    # --- events ---

    def emit(self, session: Session, event: str, data: Json) -> None:
        """Send an event to whoever subscribed."""
        for parcel in self.parcels(session, event, data):
            self.courier.send(parcel)

    def parcels(self, session: Session, event: str, data: Json) -> list[Parcel]:
        """The event, addressed to the instance's own webhook and to the global one."""
        found = []
        own = self.own_parcel(session, event, data)
        if own is not None:
            found.append(own)
        lab = self.courier.lab
        if lab.global_url is not None:
            url = by_event(lab.global_url, event) if lab.global_by_events else lab.global_url
            found.append(Parcel(url, {}, self.global_envelope(session, event, data)))
        return found

    @abstractmethod
    def own_parcel(self, session: Session, event: str, data: Json) -> Parcel | None: ...
    @abstractmethod
    def envelope(self, session: Session, event: str, data: Json) -> Body: ...
    @abstractmethod
    def global_envelope(self, session: Session, event: str, data: Json) -> Body: ...
    @abstractmethod
    def opened(self, session: Session) -> None: ...
    @abstractmethod
    def dropped(self, session: Session, ending: Ending) -> None: ...
    @abstractmethod
    def ended(self, session: Session, ending: Ending) -> None: ...
    @abstractmethod
    def receive(self, session: Session, sender: str, text: str, push_name: str) -> None:
        """Tell of a message that came in."""

    # --- sending ---

    async def ready_to_send(self, session: Session, number: str) -> str:
        """The jid to send to.

        Raises:
            Refusal: in the many ways a server has to say that it is not connected, or that nobody is there.
        """
        if not session.built:
            raise Refusal(500, "Cannot read properties of undefined (reading 'onWhatsApp')")
        if session.state == "connecting" and session.reachable.is_set() and session.record.account is None:
            await self.pace.sleep(UNANSWERED_SECONDS)
            raise Refusal(500, "Cannot read properties of undefined (reading 'find')")
        if session.state != "open":
            raise Refusal(500, "Connection Closed")
        if number.endswith("@g.us"):
            return number
        digits = re.sub(r"\D", "", number.partition("@")[0])
        jid = f"{digits}@s.whatsapp.net"
        if len(digits) < SHORTEST_NUMBER or digits.endswith("0000"):
            raise Refusal(400, [self.nobody(jid, number)])
        if self.knobs.refuse_sends:
            raise Refusal(400, ["Error: rate-overlimit"])
        return jid

    @abstractmethod
    def nobody(self, jid: str, number: str) -> Body:
        """How a server says that a number is not on WhatsApp."""


def by_event(url: str, event: str) -> str:
    """The address for one event: appended as it is, be there a slash or a query."""
    return f"{url}/{event.replace('.', '-')}"


def subscribed(events: list[str], event: str) -> bool:
    return event.replace(".", "_").upper() in events


def new_token() -> str:
    return str(uuid.uuid4()).upper()


def message_id(prefix: str, length: int) -> str:
    return prefix + uuid.uuid4().hex.upper()[: length - len(prefix)]


async def moment(seconds: float) -> None:
    """Take the little time that the work behind an answer takes; never sped up, so that it can be seen."""
    await asyncio.sleep(seconds)
