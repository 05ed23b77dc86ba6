"""One WhatsApp session in a server's memory: its sockets, QR codes, pairing and drops.

Both generations run the same library below, so this machine is one; what they tell of it is the house's business.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from simulator.evolution import codes
from simulator.evolution.codes import Code, Identity

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from collections.abc import Set as AbstractSet

    from simulator.evolution.record import Account, Record
    from simulator.pace import Pace
    from simulator.wire import Body, Json

# Building a client takes a moment in which a second connect still sees the old state. Never sped up.
CLIENT_SECONDS = 0.02
CONNECT_SECONDS = 0.1
FIRST_CODE_SECONDS = 0.2
PAIRING_CODE_SECONDS = 1.0
UNREACHABLE_SECONDS = 20.0

LOGGED_OUT, LOST, CLOSED, REPLACED, RESTART_REQUIRED = 401, 408, 428, 440, 515


@dataclass
class Knobs:
    """What a deployment or WhatsApp decides; tests turn them. Seconds are the real gateway's."""

    qr_limit: int = 30
    qr_refs: int = 6
    qr_refresh_s: float = 45.0
    login_s: float = 0.3
    conflict: bool = False
    refuse_sends: bool = False


@dataclass(frozen=True)
class Ending:
    """How a socket ended: `origin` says who ended it (phone, logout, login), which shows in the error."""

    code: int
    origin: str = "phone"


class House(Protocol):
    """The server a session lives in: what it tells the world when something happens."""

    pace: Pace
    knobs: Knobs
    final_codes: AbstractSet[int]

    def emit(self, session: Session, event: str, data: Json) -> None: ...
    def opened(self, session: Session) -> None: ...
    def dropped(self, session: Session, ending: Ending) -> None: ...
    def ended(self, session: Session, ending: Ending) -> None: ...
    def changed(self) -> None: ...


class Session:
    """The memory of one instance. `state` None is what a half-loaded or vanishing one has."""

    def __init__(self, house: House, record: Record, webhook: Body | None) -> None:
        self.house = house
        self.record = record
        self.webhook = webhook
        self.state: str | None = "close"
        self.reason = 200
        self.code = Code()
        self.identity = Identity()
        self.wuid: str | None = None
        self.number: str | None = None
        self.client: Socket | None = None
        self.sockets: set[Socket] = set()
        self.codes_come = asyncio.Event()
        self.codes_come.set()
        self.reachable = asyncio.Event()
        self.reachable.set()
        self.deaf = False
        self.built = False
        self.known_contacts: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        return self.record.name

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run something that ends with the process, not with the request."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def kill(self) -> None:
        """End everything at once, as the end of the process would."""
        for task in tuple(self._tasks):
            task.cancel()

    async def open_socket(self, number: str | None = None) -> None:
        """Open one more socket; a former one is not closed by this."""
        await asyncio.sleep(CLIENT_SECONDS)
        self.number = number
        self.built = True
        self.record.folder_removed = False
        self.client = Socket(self)
        self.sockets.add(self.client)
        self.connecting()
        self.client.start()

    def connecting(self) -> None:
        """Note and tell that a socket is trying."""
        self.state, self.reason = "connecting", 200
        self.tell_state()

    def tell_state(self, **more: str) -> None:
        """Tell the state as it is in memory."""
        data = {"instance": self.name, **more, "state": self.state, "statusReason": self.reason}
        self.house.emit(self, "connection.update", data)

    def opened(self, account: Account) -> None:
        """Note a login that succeeded."""
        self.state, self.reason = "open", 200
        self.wuid = account.jid
        self.record.owner = account
        self.record.touch("open")
        self.house.opened(self)
        self.house.changed()

    def closed(self, ending: Ending) -> None:
        """React to the end of a socket: for good, or by opening another."""
        self.state, self.reason = "close", ending.code
        if ending.code not in self.house.final_codes:
            self.house.dropped(self, ending)
            self.spawn(self.open_socket(self.number))
            return
        self.record.account = None
        self.record.code_pending = False
        self.record.folder_removed = True
        self.client = None
        self.identity = Identity()
        self.house.ended(self, ending)
        self.house.changed()

    def next_code(self) -> bool:
        """Show one more code; False when there were too many."""
        if self.code.count >= self.house.knobs.qr_limit:
            self.refuse()
            return False
        # Counted before it is there: for a moment the new count goes with the old code.
        self.code = replace(self.code, count=self.code.count + 1)
        self.spawn(self._show_code())
        return True

    async def _show_code(self) -> None:
        pairing = self.number is not None
        if pairing:
            await self.house.pace.sleep(PAIRING_CODE_SECONDS)
            self.record.code_pending = True
        self.code = codes.make(self.identity, self.code.count, pairing=pairing)
        self.record.touch("connecting")
        shown = self.code.shown()
        del shown["count"]
        self.house.emit(self, "qrcode.updated", {"qrcode": {"instance": self.name, **shown}})
        self.house.changed()

    def refuse(self) -> None:
        """Give up after too many codes: the count starts again, the database is not told."""
        notice = {"message": "QR code limit reached, please login again", "statusCode": 500}
        self.house.emit(self, "qrcode.updated", notice)
        owner = self.record.owner
        known = {"wuid": owner.jid, "profilePictureUrl": owner.picture} if owner and self.wuid else {}
        refused = {"instance": self.name, "state": "refused", "statusReason": CLOSED, **known}
        self.house.emit(self, "connection.update", refused)
        self.code = Code()
        self.state = "close"
        self.leave()

    def leave(self) -> None:
        """Close the current socket without a word; leaked ones live on."""
        if self.client is not None:
            self.client.abandon()
            self.client = None


class Socket:
    """One connection to WhatsApp."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.logged_in = False
        self.life: asyncio.Task[None] | None = None

    @property
    def pairs(self) -> bool:
        """Whether a phone could pair with it now."""
        return self.life is not None and not self.logged_in and self.session.record.account is None

    def start(self) -> None:
        """Begin to connect."""
        self.life = self.session.spawn(self._live())

    async def _live(self) -> None:
        if not await self._reached():
            self.close(Ending(LOST))
            return
        house, record = self.session.house, self.session.record
        await house.pace.sleep(CONNECT_SECONDS)
        if record.account is None and not record.code_pending:
            await self._show_codes()
            return
        await house.pace.sleep(house.knobs.login_s)
        if record.account is None:
            self.close(Ending(LOGGED_OUT, "login"))
        else:
            self.open(record.account)

    async def _reached(self) -> bool:
        patience = UNREACHABLE_SECONDS / self.session.house.pace.speed
        try:
            await asyncio.wait_for(self.session.reachable.wait(), patience)
        except TimeoutError:
            return False
        return True

    async def _show_codes(self) -> None:
        pace, knobs = self.session.house.pace, self.session.house.knobs
        await pace.sleep(FIRST_CODE_SECONDS)
        for _ in range(knobs.qr_refs):
            await self.session.codes_come.wait()
            if not self.session.next_code():
                return
            await pace.sleep(knobs.qr_refresh_s)
        self.close(Ending(LOST))

    def pair(self, account: Account, *, direct: bool) -> None:
        """Let a phone accept: WhatsApp then asks for a restart (515), except with `direct`."""
        self.session.record.account = account
        self.session.record.code_pending = False
        if direct:
            self._stop()
            self.open(account)
        else:
            self.close(Ending(RESTART_REQUIRED))

    def open(self, account: Account) -> None:
        """Be logged in; where WhatsApp allows only one, the older ones are replaced."""
        self.logged_in = True
        self.session.opened(account)
        if self.session.house.knobs.conflict:
            for other in [s for s in self.session.sockets if s.logged_in and s is not self]:
                other.close(Ending(REPLACED))

    def close(self, ending: Ending) -> None:
        """End, and let the session react."""
        self.abandon()
        self.session.closed(ending)

    def abandon(self) -> None:
        """End without a word."""
        self.session.sockets.discard(self)
        self.logged_in = False
        self._stop()

    def _stop(self) -> None:
        if self.life is not None and self.life is not asyncio.current_task():
            self.life.cancel()
        self.life = None
