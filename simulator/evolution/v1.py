"""Evolution API 1.8.2: files and memory, one try for a webhook, and words in snake_case."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

from simulator.evolution.record import Record
from simulator.evolution.schema import check
from simulator.evolution.server import Evolution, by_event, message_id, moment, new_token, subscribed
from simulator.evolution.session import LOGGED_OUT, Ending, Session
from simulator.evolution.v1_rules import CREATE, EVENTS, SETTINGS, TEXT, WEBHOOK
from simulator.evolution.webhooks import Parcel, Patience
from simulator.wire import Body, Call, Json, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

RESTART_WAIT_SECONDS = 2.0
DELETE_SECONDS = 0.05
WEBHOOK_OPTIONS = ("webhook_by_events", "webhook_base64")


class EvolutionV1(Evolution):
    """A server of version 1.8.2."""

    version = "1.8.2"
    agent = "axios/1.21.1"
    patience = Patience()
    connect_wait_s = 5.0
    qr_refresh_s = 20.0
    restart_method = "PUT"
    final_codes: AbstractSet[int] = frozenset({401})

    def about(self) -> Body:
        return {
            "status": 200,
            "message": "Welcome to the Evolution API, it is working!",
            "version": self.version,
            "swagger": f"{self.url}/docs",
            "manager": f"{self.url}/manager",
            "documentation": "https://doc.evolution-api.com",
        }

    # --- create and delete ---

    async def create(self, call: Call) -> Reply:
        """Create; a bad webhook URL is refused after the instance exists."""
        name = self._free_name(call.body.get("instanceName", _UNDEFINED))
        check(CREATE, call.body)
        if call.body.get("integration") == "WHATSAPP-BUSINESS" and "token" not in call.body:
            raise Refusal(400, ["token is required"])
        token = call.body.get("token")
        if any(record.token == token for record in self.store.records.values()):
            raise Refusal(400, ["Token already exists"])
        session = self.admit_session(self._record(name, call.body))
        self.emit(session, "instance.create", self._ids(session))
        webhook = self._webhook_of_create(session, call.body)
        answer = self._created(session, webhook)
        if call.body.get("qrcode"):
            await session.open_socket(call.body.get("number"))
            await self.pace.sleep(self.create_wait_s)
            answer["qrcode"] = session.code.shown()
        return Reply(201, answer)

    def _free_name(self, name: object) -> str:
        if not isinstance(name, str):
            given = "undefined" if name is _UNDEFINED else "null" if name is None else f"type number ({name})"
            what = f'TypeError [ERR_INVALID_ARG_TYPE]: The "path" argument must be of type string. Received {given}'
            raise Refusal(500, [what])
        if not name or name in self.sessions:
            raise Refusal(403, [f'This name "{name}" is already in use.'])
        return name

    @staticmethod
    def _record(name: str, body: Body) -> Record:
        return Record(
            name=name,
            instance_id=str(uuid.uuid4()),
            token=body.get("token") or new_token(),
            own_token="token" in body,
            integration=body.get("integration"),
            number=body.get("number"),
            settings={key: body.get(key, default) for key, default in SETTINGS.items()},
        )

    def _webhook_of_create(self, session: Session, body: Body) -> Body:
        url = body.get("webhook")
        if url is None:
            return {}
        if not is_url(url):
            raise Refusal(400, ['Invalid "url" property in webhook'])
        options = {key: body[key] for key in WEBHOOK_OPTIONS if key in body}
        if "events" not in body:
            return {"webhook": url, **options}
        events = body["events"] or list(EVENTS)
        self.keep_webhook(session, {"enabled": True, "url": url, "events": events, **options})
        return {"webhook": url, **options, "events": events}

    @staticmethod
    def _created(session: Session, webhook: Body) -> Body:
        record = session.record
        integration = {"integration": record.integration} if record.integration else {}
        return {
            "instance": {
                "instanceName": record.name,
                "instanceId": record.instance_id,
                **integration,
                "webhook_wa_business": None,
                "access_token_wa_business": "",
                "status": "created",
            },
            "hash": {"apikey": record.token},
            "webhook": webhook,
            "websocket": {},
            "rabbitmq": {},
            "sqs": {},
            "typebot": {"enabled": False},
            "settings": record.settings,
        }

    async def delete(self, call: Call) -> Reply:
        """Refuse while open; the answer comes when it is done."""
        session = self.session(call.name)
        if session.state == "open":
            raise Refusal(400, [f'The "{session.name}" instance needs to be disconnected'])
        if session.state == "connecting" and session.client is not None:
            session.client.close(Ending(LOGGED_OUT, "logout"))
        self.emit(session, "instance.delete", self._ids(session))
        await moment(DELETE_SECONDS)
        self.forget(session.name)
        return Reply(200, {"status": "SUCCESS", "error": False, "response": {"message": "Instance deleted"}})

    @staticmethod
    def _ids(session: Session) -> Body:
        return {"instanceName": session.name, "instanceId": session.record.instance_id}

    # --- connect, restart, logout ---

    def connect_failed(self) -> Reply:
        return Reply(200, text="")

    async def restart(self, call: Call) -> Reply:
        """Open one more socket if it is open, and do nothing otherwise."""
        session = self.session(call.name)
        if session.state == "open":
            await session.open_socket()
            await self.pace.sleep(RESTART_WAIT_SECONDS)
        return Reply(200, {"instance": self.state_of(session)})

    async def logout(self, call: Call) -> Reply:
        session = self.session(call.name)
        if session.state == "close" or session.client is None:
            raise Refusal(400, [f'The "{session.name}" instance is not connected'])
        session.client.close(Ending(LOGGED_OUT, "logout"))
        return Reply(200, {"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}})

    def survives(self, record: Record) -> bool:
        """A logged-out instance has lost its folder: it is gone after a start."""
        return not record.folder_removed

    # --- the list: the memory ---

    def lets_in(self, _route: str, _call: Call) -> bool:
        """An instance's token opens nothing that names no instance."""
        return False

    async def fetch_instances(self, call: Call) -> Reply:
        """All rows, or the one asked for as an object."""
        wanted = self.wanted(call)
        if wanted is None:
            return Reply(200, [self._row(session) for session in self.sessions.values()])
        if wanted not in self.sessions:
            raise Refusal(404, [f'Instance "{wanted}" not found'])
        return Reply(200, self._row(self.sessions[wanted]))

    def _row(self, session: Session) -> Body:
        record = session.record
        integration = {
            **({"integration": record.integration} if record.integration else {}),
            **({"number": record.number} if record.number else {}),
            **({"token": record.token} if record.own_token else {}),
            "webhook_wa_business": f"{self.url}/webhook/whatsapp/{quote(record.name, safe='')}",
        }
        return {
            "instance": {
                "instanceName": record.name,
                "instanceId": record.instance_id,
                **(self._profile(record) if session.state == "open" else {}),
                **({} if session.state is None else {"status": session.state}),
                "serverUrl": self.url,
                "apikey": record.token,
                "integration": integration,
            }
        }

    @staticmethod
    def _profile(record: Record) -> Body:
        owner = record.owner
        if owner is None:
            return {}
        return {
            "owner": owner.jid,
            "profileName": owner.profile_name,
            "profilePictureUrl": owner.picture,
            "profileStatus": "Lab status",
        }

    # --- webhook ---

    async def webhook_set(self, call: Call) -> Reply:
        """Store the flat body; unknown keys are echoed, and lost."""
        check(WEBHOOK, call.body)
        session, webhook = self.session(call.name), dict(call.body)
        webhook.setdefault("enabled", True)
        if not webhook["enabled"]:
            webhook.update(url="", events=[])
        else:
            if not is_url(webhook["url"]):
                raise Refusal(400, ['Invalid "url" property'])
            if "events" not in webhook:
                raise Refusal(500, "Cannot read properties of undefined (reading 'length')")
            webhook["events"] = webhook["events"] or list(EVENTS)
        kept = ("enabled", "url", "events", *WEBHOOK_OPTIONS)
        self.keep_webhook(session, {key: webhook[key] for key in kept if key in webhook})
        return Reply(201, {"webhook": {"instanceName": session.name, "webhook": webhook}})

    async def webhook_find(self, call: Call) -> Reply:
        """What is on file, which can be older than the instance."""
        return Reply(200, self.store.webhooks.get(self.session(call.name).name, {}))

    # --- events ---

    def own_parcel(self, session: Session, event: str, data: Json) -> Parcel | None:
        webhook = session.webhook
        if webhook is None or not webhook["enabled"] or not subscribed(webhook["events"], event):
            return None
        url = by_event(webhook["url"], event) if webhook.get("webhook_by_events") else webhook["url"]
        return Parcel(url, {}, self.envelope(session, event, data))

    def envelope(self, session: Session, event: str, data: Json) -> Body:
        return {
            "event": event,
            "instance": session.name,
            "data": data,
            **({"destination": session.webhook["url"]} if session.webhook else {}),
            "date_time": self.courier.stamp(),
            **({"sender": session.wuid} if session.wuid else {}),
            "server_url": self.url,
            "apikey": session.record.token,
        }

    def global_envelope(self, session: Session, event: str, data: Json) -> Body:
        return {**self.envelope(session, event, data), "apikey": self.key}

    def opened(self, session: Session) -> None:
        session.tell_state()

    def dropped(self, session: Session, _ending: Ending) -> None:
        session.tell_state()

    def ended(self, session: Session, _ending: Ending) -> None:
        session.tell_state()

    # --- messages ---

    async def send_text(self, call: Call) -> Reply:
        check(TEXT, call.body)
        session = self.session(call.name)
        jid = await self.ready_to_send(session, call.body["number"])
        await self.pace.sleep(((call.body.get("options") or {}).get("delay") or 0) / 1000)
        now = int(time.time())
        key = {"remoteJid": jid, "fromMe": True, "id": message_id("3EB0", 22)}
        message = {"extendedTextMessage": {"text": call.body["textMessage"]["text"]}}
        told = {
            "key": key,
            "pushName": "",
            "message": message,
            "contextInfo": None,
            "messageType": "extendedTextMessage",
            "messageTimestamp": {"low": now, "high": 0, "unsigned": True},
            "owner": session.name,
            "source": "web",
        }
        self.emit(session, "send.message", told)
        return Reply(201, {"key": key, "message": message, "messageTimestamp": str(now), "status": "PENDING"})

    def receive(self, session: Session, sender: str, text: str, push_name: str) -> None:
        account = f"{sender}@s.whatsapp.net"
        message = {
            "key": {"remoteJid": account, "fromMe": False, "id": message_id("3A", 20)},
            "pushName": push_name,
            "message": {"conversation": text},
            "messageType": "conversation",
            "messageTimestamp": int(time.time()),
            "owner": session.name,
            "source": "ios",
        }
        self.emit(session, "messages.upsert", message)
        contact = {
            "id": account,
            "pushName": push_name,
            "profilePictureUrl": f"https://pps.whatsapp.net/v/t61/lab-{sender}.jpg",
            "owner": session.name,
        }
        self.emit(session, "contacts.update" if sender in session.known_contacts else "contacts.upsert", contact)
        session.known_contacts.add(sender)

    def nobody(self, jid: str, number: str) -> Body:
        return {"exists": False, "jid": jid, "number": number}


_UNDEFINED = object()


def is_url(text: str) -> bool:
    """What the server takes for a URL: nearly anything."""
    return bool(text) and not any(letter.isspace() for letter in text)
