"""One node: its sessions, what WhatsApp, the phone and the browser do to them, and the restoration at its start."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.evolution import codes
from simulator.webjs.session import Session, now
from simulator.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from simulator.pace import Pace
    from simulator.webjs.notifier import Notifier
    from simulator.webjs.storage import Storage
    from simulator.wire import Body

BROWSER_S, LOGIN_S, NO_NUMBER_S, QR_AGAIN_S, START_S = 0.3, 2.7, 10.0, 0.35, 0.4
RECONNECT_WAITS_S = (5.0, 10.0, 20.0, 40.0, 80.0)
FOR_GOOD = "LOGOUT"
CLIENT_ID = re.compile(r"[-_\w]+", re.ASCII)
BAD_ID = "Invalid clientId. Only alphanumeric characters, underscores and hyphens are allowed."
NO_BROWSER = "Failed to launch the browser process!"


class Trouble(Exception):
    """What the service answers 500 to."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.reply = Reply(500, {"error": said})


@dataclass(frozen=True)
class Knobs:
    """What a laboratory can change. `browser_starts`: else no session can be made. `profile_lock`: one browser for a
    pairing, as with a real Chromium. `names_in_health`: the older report, which lists the sessions."""

    browser_starts: bool = True
    profile_lock: bool = False
    names_in_health: bool = False
    library_throws: bool = False
    qr_refresh_s: float = 20.0
    send_limit_s: float = 45.0
    create_limit_s: float = 60.0
    browser_hangs: bool = False


@dataclass
class Node:
    """Its memory; `url` is where it really serves."""

    key: str
    pace: Pace
    notifier: Notifier
    storage: Storage
    knobs: Knobs = field(default_factory=Knobs)
    url: str = ""
    sessions: dict[object, Session] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    identity: codes.Identity = field(default_factory=codes.Identity)
    _underway: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def version(self) -> str:
        return "1"

    def start(self) -> None:
        """Begin the restoration; the node answers meanwhile."""
        self._later(self._underway, self._restore())

    async def _restore(self) -> None:
        await self.pace.sleep(START_S)
        for wanted in await self.notifier.active_sessions():
            name, workspace = wanted.get("session_id"), wanted.get("workspace_id")
            try:
                await self.open(name, workspace)
            except Trouble as trouble:
                await self.notifier.mark_disconnected(name, workspace, str(trouble))

    async def open(self, name: object, workspace: object, account: object = None) -> Session:
        """Make a session, over one that is there; it pairs by itself where its pairing was kept.

        Raises:
            Trouble: the browser does not start, or holds the profile already; a session of that name is then gone.
        """
        if isinstance(name, str) and not CLIENT_ID.fullmatch(name):
            raise Trouble(BAD_ID)
        session = Session(name, workspace, account)
        self._start_browser(session)
        if old := self.sessions.get(name):
            old.end()
        self.sessions[name] = session
        await self.pace.sleep(BROWSER_S)
        self._begin(session)
        return session

    def _start_browser(self, session: Session) -> None:
        said = self._browser_says(session)
        if said is None:
            return
        # As recorded: the one that fails takes the running one out of memory, and its browser goes on alone.
        if lost := self.sessions.pop(session.id, None):
            lost.end()
        raise Trouble(said)

    def _browser_says(self, session: Session) -> str | None:
        if not self.knobs.browser_starts:
            return NO_BROWSER
        if not self.knobs.profile_lock or self.storage.lock(session.key):
            return None
        profile = f"data/sessions-shared/workspace_{session.workspace}/session-{session.id}/SingletonLock"
        return f"{NO_BROWSER}\n[ERROR:process_singleton_posix.cc] Failed to create {profile}: File exists (17)\n"

    def _begin(self, session: Session) -> None:
        number = self.storage.number(session.key)
        self._later(session.tasks, self._log_in(session, number) if number else self._show_codes(session))

    async def _log_in(self, session: Session, number: str | None) -> None:
        session.status, session.authenticated_at = "authenticated", now()
        self._tell("session_authenticated", session.owned(status="authenticated"))
        if number is None:
            await self.pace.sleep(NO_NUMBER_S)
            said = "Failed to extract phone number after retries"
            self._tell("session_error", session.owned(error="phone_extraction_failed", message=said))
            return
        await self.pace.sleep(LOGIN_S)
        self._ready(session, number)

    def _ready(self, session: Session, number: str) -> None:
        session.status, session.number, session.linked, session.connected_at = "connected", number, True, now()
        self.storage.pair(session.key, number)
        self._later(self._underway, self._tell_ready(session, number))

    async def _tell_ready(self, session: Session, number: str) -> None:
        known = {"platform": "android", "extraction_method": "client.info.wid"}
        wrong = await self.notifier.notify(
            "session_ready", session.owned(phone_number=number, status="connected", **known)
        )
        if wrong is not None:
            told = {"error": "webhook_send_failed", "message": f"Failed to send session_ready: {wrong}"}
            await self.notifier.notify("session_error", session.owned(**told, phone_number=number))

    async def _show_codes(self, session: Session) -> None:
        while str(session.id) not in self.silent:
            self.show_code(session)
            await self.pace.sleep(self.knobs.qr_refresh_s)

    def show_code(self, session: Session) -> None:
        """The next code to scan."""
        image = codes.make(self.identity, session.qr_count + 1, pairing=False).base64 or ""
        self._tell("qr_code_generated", session.scanned(image))

    def pair(self, session: Session, number: str | None) -> None:
        """The phone scans the code; without a number the service fails to find it out."""
        session.end()
        self._later(session.tasks, self._log_in(session, number))

    def appear(self, name: str, workspace: object, number: str) -> None:
        """The session is here, connected: it was opened by somebody else, or moved."""
        session = self.sessions[name] = Session(name, workspace)
        self.storage.pair(session.key, number)
        self._ready(session, number)

    def vanish(self, session: Session) -> None:
        """The session leaves the memory, and no webhook tells."""
        session.end()
        self.sessions.pop(session.id, None)
        self.storage.unlock(session.key)

    def drop(self, session: Session, reason: str) -> None:
        """The connection ends, for good when the phone removed it."""
        session.end()
        session.status = "disconnected"
        self._later(session.tasks, self._dropped(session, reason))

    async def _dropped(self, session: Session, reason: str) -> None:
        self._tell("session_disconnected", session.owned(reason=reason))
        if reason == FOR_GOOD:
            self.storage.unpair(session.key)
            session.linked, session.number, session.connected_at, session.qr_count = False, None, None, 0
            await self.pace.sleep(QR_AGAIN_S)
            await self._show_codes(session)
            return
        for wait_s in RECONNECT_WAITS_S:
            await self.pace.sleep(wait_s)
            if await self._dialled_again(session):
                return
        session.status = "failed"
        gone = {"status": "reconnect_failed", "max_retries": len(RECONNECT_WAITS_S), "timestamp": now()}
        self._tell("session_reconnect_failed", session.owned(**gone))

    async def _dialled_again(self, session: Session) -> bool:
        """Of a client that knows its number the service only thinks so: nothing is connected."""
        if not session.linked:
            if not self.knobs.browser_starts:
                return False
            await self.pace.sleep(BROWSER_S)
            session.qr_count = 0
            self.show_code(session)
        self._tell("session_reconnected", session.owned(status="reconnected", timestamp=now()))
        return True

    def receive(self, session: Session, sender: str, text: str) -> None:
        """A message comes in."""
        message = {
            "id": f"false_{sender}@c.us_{message_token()}",
            "from": f"{sender}@c.us",
            "to": f"{session.number}@c.us",
            "body": text,
            "timestamp": int(time.time()),
            "from_me": False,
            "type": "chat",
            "has_media": False,
            "chat_type": "private",
        }
        self._tell("message_received", session.owned(message=message))

    def sent(self, session: Session, to: str, text: str) -> tuple[str, int]:
        """A message leaves; its id and its time."""
        message_id, at = f"true_{to}@c.us_{message_token()}", int(time.time())
        shown = {"id": message_id, "from": f"{session.number}@c.us", "to": f"{to}@c.us", "body": text, "timestamp": at}
        shown |= {"type": "chat", "has_media": False, "status": "pending", "from_me": True, "chat_type": "private"}
        self._tell("message_sent", session.owned(message=shown, source="message_create_event"))
        status = session.owned(message_id=message_id, status="pending", ack_level=1, timestamp=at)
        self._tell("message_status_updated", status)
        return message_id, at

    def _tell(self, event: str, data: Body) -> None:
        """Tell the backend without waiting; the end of a session does not call back what was told of it."""

        async def told() -> None:
            await self.notifier.notify(event, data)

        self._later(self._underway, told())

    def _later(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def forget(self) -> None:
        """Lose the memory, as the end of the process does."""
        for session in self.sessions.values():
            session.end()
        for task in tuple(self._underway):
            task.cancel()
        self.sessions.clear()
        self.storage.unlock_all()

    async def aclose(self) -> None:
        """Stop."""
        self.forget()
        await self.notifier.aclose()


def message_token() -> str:
    """The random part of a message's id."""
    return "3EB0" + secrets.token_hex(8).upper()
