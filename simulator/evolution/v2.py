"""Evolution API 2.3.6: answers from the database, acts in memory, and does most of the work after it has answered."""

from __future__ import annotations

import json
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from simulator.evolution.record import Disconnection, Record, timestamp
from simulator.evolution.schema import check
from simulator.evolution.server import Evolution, by_event, message_id, moment, new_token, subscribed
from simulator.evolution.session import LOGGED_OUT, Ending, Session
from simulator.evolution.v2_rules import CREATE, EVENTS, SETTINGS, TEXT, WEBHOOK
from simulator.evolution.webhooks import Parcel, Patience, bearer
from simulator.faults import LIE
from simulator.wire import Body, Call, Json, Refusal, Reply

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

LONGEST_URL = 500
ECHOED = ("url", "headers", "byEvents", "base64")
NO_EVENTS = "Cannot read properties of undefined (reading 'length')"
DATABASE_ERROR = "\nInvalid `this.prismaRepository.integrationSession.findFirst()` invocation in\ndist/main.js\n"
DELIVERED_AFTER_SECONDS = 0.2
CREATE_SECONDS, LOGOUT_SECONDS, CLEARING_SECONDS = 0.03, 0.01, 0.15


class EvolutionV2(Evolution):
    """A server of version 2.3.6."""

    version = "2.3.6"
    agent = "axios/1.12.2"
    patience = Patience(attempts=10, timeout_s=30.0, hopeless=frozenset({400, 401, 403, 404, 422}))
    connect_wait_s = 2.0
    qr_refresh_s = 45.0
    restart_method = "POST"
    final_codes: AbstractSet[int] = frozenset({401, 402, 403, 406})

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(*args, **kwargs)
        self.creating: dict[str, int] = {}
        self.clashed: set[str] = set()

    def about(self) -> Body:
        return {
            "status": 200,
            "message": "Welcome to the Evolution API, it is working!",
            "version": self.version,
            "clientName": "evolution",
            "manager": f"{self.url}/manager",
            "documentation": "https://doc.evolution-api.com",
            "whatsappWebVersion": "2.3000.1028000000",
        }

    # --- create and delete ---

    async def create(self, call: Call) -> Reply:
        """Create; a body that fails late leaves the name taken for a moment."""
        name = self._free_name(call.body)
        check(CREATE, call.body)
        if call.body.get("integration") != "WHATSAPP-BAILEYS":
            raise Refusal(400, ["Invalid integration"])
        if call.body.get("proxyHost"):
            raise Refusal(400, ["Invalid proxy"])
        await self._alone(name)
        session = self.admit_session(self._record(name, call.body))
        try:
            webhook = self._webhook_of_create(session, call.body)
        except Refusal:
            self._undo(session)
            raise
        created = {"instanceName": name, "instanceId": session.record.instance_id}
        self.emit(session, "instance.create", created)
        answer = self._created(session, webhook)
        if call.body.get("qrcode"):
            await session.open_socket(call.body.get("number"))
            await self.pace.sleep(self.create_wait_s)
            answer["instance"]["status"] = "connecting"
            answer["qrcode"] = session.code.shown()
        return Reply(201, answer)

    def _free_name(self, body: Body) -> str:
        name = body.get("instanceName")
        if name is None:
            if self.store.records:
                raise Refusal(403, ['This name "undefined" is already in use.'])
            if body.get("integration") == "WHATSAPP-BAILEYS":
                raise Refusal(400, [DATABASE_ERROR])
            raise Refusal(400, ["Invalid integration"])
        if not isinstance(name, str):
            raise Refusal(500, [f"PrismaClientValidationError: {DATABASE_ERROR}"])
        if name in self.sessions or name in self.store.records:
            raise Refusal(403, [f'This name "{name}" is already in use.'])
        return name

    async def _alone(self, name: str) -> None:
        """Let creates of one name that overlap all fail, as they do."""
        self.creating[name] = self.creating.get(name, 0) + 1
        if self.creating[name] > 1:
            self.clashed.add(name)
        await moment(CREATE_SECONDS)
        self.creating[name] -= 1
        clashed = name in self.clashed
        if self.creating[name] == 0:
            del self.creating[name]
            self.clashed.discard(name)
        if clashed:
            raise Refusal(400, ["Unique constraint failed on the fields: (`name`)"])

    def _record(self, name: str, body: Body) -> Record:
        return Record(
            name=name,
            instance_id=str(uuid.uuid4()),
            token=body.get("token") or new_token(),
            own_token="token" in body,
            integration=body["integration"],
            number=body.get("number"),
            settings={key: body.get(key, default) for key, default in SETTINGS.items()},
            settings_id=row_id(),
        )

    def _webhook_of_create(self, session: Session, body: Body) -> Body:
        webhook = body.get("webhook")
        if webhook is None:
            return {}
        if not isinstance(webhook, dict) or webhook.get("events") is None:
            raise Refusal(400, [NO_EVENTS])
        if not isinstance(webhook.get("url"), str):
            raise Refusal(400, [DATABASE_ERROR])
        self.keep_webhook(session, self._webhook_row(session, {**webhook, "enabled": True}))
        return {f"webhook{key[0].upper()}{key[1:]}": webhook[key] for key in ECHOED if key in webhook}

    def _undo(self, session: Session) -> None:
        del self.store.records[session.name]
        session.spawn(self._vanish(session))

    async def _vanish(self, session: Session) -> None:
        await moment(CLEARING_SECONDS)
        self.forget(session.name)

    def _created(self, session: Session, webhook: Body) -> Body:
        record = session.record
        return {
            "instance": {
                "instanceName": record.name,
                "instanceId": record.instance_id,
                "integration": record.integration,
                "webhookWaBusiness": None,
                "accessTokenWaBusiness": "",
                "status": session.state,
            },
            "hash": record.token,
            "webhook": webhook,
            "websocket": {},
            "rabbitmq": {},
            "nats": {},
            "sqs": {},
            "settings": record.settings,
        }

    async def delete(self, call: Call) -> Reply:
        """Answer at once; the work follows, and waits for our webhook to take `remove.instance`."""
        session = self.session(call.name)
        session.spawn(self._delete(session))
        return Reply(200, {"status": "SUCCESS", "error": False, "response": {"message": "Instance deleted"}})

    async def _delete(self, session: Session) -> None:
        if session.state in {"open", "connecting"} and session.client is not None:
            session.client.close(Ending(LOGGED_OUT, "logout"))
        deleted = {"instanceName": session.name, "instanceId": session.record.instance_id}
        parcels = self.parcels(session, "remove.instance", None)
        self.emit(session, "instance.delete", deleted)
        before, session.state = session.state, None

        def alive() -> None:
            session.state = before

        for parcel in parcels:
            await self.courier.deliver(parcel, alive)
        session.state = None
        await moment(CLEARING_SECONDS)
        self.forget(session.name)

    # --- connect, restart, logout ---

    def connect_failed(self) -> Reply:
        return Reply(200, LIE)

    async def restart(self, call: Call) -> Reply:
        """Close and connect; what it answers is what was before."""
        session = self.session(call.name)
        if session.state not in {"open", "connecting"}:
            return Reply(200, LIE)
        before = {"instance": self.state_of(session)} if session.state == "open" else session.code.shown()
        session.leave()
        session.state = "close"
        session.spawn(session.open_socket(session.number))
        return Reply(200, before)

    async def logout(self, call: Call) -> Reply:
        """Answer at once; with WhatsApp out of reach nothing follows."""
        session = self.session(call.name)
        if session.state == "close":
            raise Refusal(400, [f'The "{session.name}" instance is not connected'])
        if session.reachable.is_set():
            session.spawn(self._logout(session))
        return Reply(200, {"status": "SUCCESS", "error": False, "response": {"message": "Instance logged out"}})

    async def _logout(self, session: Session) -> None:
        await moment(LOGOUT_SECONDS)
        if session.client is not None:
            session.deaf = session.deaf or session.state == "open"
            session.client.close(Ending(LOGGED_OUT, "logout"))

    # --- the list: the database ---

    def lets_in(self, route: str, call: Call) -> bool:
        """An instance's token opens the list, for this instance only."""
        if route != "fetchInstances":
            return False
        mine = [record.name for record in self.store.records.values() if record.token == call.key]
        return bool(mine) and call.query.get("instanceName", mine[0]) in mine

    async def fetch_instances(self, call: Call) -> Reply:
        """Rows of the database, filtered by query, or by the token of an instance."""
        rows = list(self.store.records.values())
        wanted = self.wanted(call)
        if wanted is not None:
            rows = [row for row in rows if wanted in {row.name, row.instance_id, row.number}]
            if not rows:
                raise Refusal(404, [f'Instance "{wanted}" not found'])
        elif any(row.token == call.key for row in rows):
            rows = [row for row in rows if row.token == call.key]
        return Reply(200, [self._row(row) for row in rows])

    @staticmethod
    def _row(record: Record) -> Body:
        owner, ended = record.owner, record.disconnection
        setting = {
            "id": record.settings_id,
            **record.settings,
            "createdAt": record.created_at,
            "updatedAt": record.created_at,
            "instanceId": record.instance_id,
        }
        return {
            "id": record.instance_id,
            "name": record.name,
            "connectionStatus": record.status,
            "ownerJid": owner.jid if owner else None,
            "profileName": owner.profile_name if owner else None,
            "profilePicUrl": owner.picture if owner else None,
            "integration": record.integration,
            "number": record.number,
            "businessId": None,
            "token": record.token,
            "clientName": "evolution",
            "disconnectionReasonCode": ended.code if ended else None,
            "disconnectionObject": ended.cause if ended else None,
            "disconnectionAt": ended.at if ended else None,
            "createdAt": record.created_at,
            "updatedAt": record.updated_at,
            **dict.fromkeys(("Chatwoot", "Proxy", "Rabbitmq", "Nats", "Sqs", "Websocket")),
            "Setting": setting,
            "_count": {"Message": 0, "Contact": 0, "Chat": 0},
        }

    # --- webhook ---

    async def webhook_set(self, call: Call) -> Reply:
        """Store the nested body; what it leaves out stays as it was."""
        check(WEBHOOK, call.body)
        session, webhook = self.session(call.name), call.body["webhook"]
        if not webhook["enabled"]:
            webhook = {**webhook, "events": []}
        elif webhook.get("events") is None:
            raise Refusal(500, NO_EVENTS)
        if len(webhook["url"]) > LONGEST_URL:
            raise Refusal(500, DATABASE_ERROR)
        self.keep_webhook(session, self._webhook_row(session, webhook))
        return Reply(201, session.webhook)

    def _webhook_row(self, session: Session, webhook: Body) -> Body:
        now = timestamp()
        old = session.webhook or {
            "id": row_id(),
            "headers": None,
            "webhookByEvents": False,
            "webhookBase64": False,
            "createdAt": now,
        }
        events = webhook["events"] or (list(EVENTS) if webhook["enabled"] else [])
        return {
            "id": old["id"],
            "url": webhook["url"],
            "headers": webhook.get("headers", old["headers"]),
            "enabled": webhook["enabled"],
            "events": events,
            "webhookByEvents": webhook.get("byEvents", old["webhookByEvents"]),
            "webhookBase64": webhook.get("base64", old["webhookBase64"]),
            "createdAt": old["createdAt"],
            "updatedAt": now,
            "instanceId": session.record.instance_id,
        }

    async def webhook_find(self, call: Call) -> Reply:
        return Reply(200, self.session(call.name).webhook)

    # --- events ---

    def own_parcel(self, session: Session, event: str, data: Json) -> Parcel | None:
        webhook = session.webhook
        if webhook is None or not webhook["enabled"] or not subscribed(webhook["events"], event):
            return None
        url = by_event(webhook["url"], event) if webhook["webhookByEvents"] else webhook["url"]
        headers = {name: str(value) for name, value in (webhook["headers"] or {}).items()}
        key = headers.pop("jwt_key", None)
        if key is not None:
            headers["Authorization"] = bearer(key)
        return Parcel(url, headers, self.envelope(session, event, data))

    def envelope(self, session: Session, event: str, data: Json) -> Body:
        return {
            "event": event,
            "instance": session.name,
            "data": data,
            **({"destination": session.webhook["url"]} if session.webhook else {}),
            "date_time": self.courier.stamp(),
            **({"sender": session.wuid} if session.wuid else {}),
            "server_url": self.url,
            "apikey": None,
        }

    def global_envelope(self, session: Session, event: str, data: Json) -> Body:
        return self.envelope(session, event, data)

    def survives(self, record: Record) -> bool:
        """Every row of the database is loaded again."""
        return record.name in self.store.records

    def opened(self, session: Session) -> None:
        # The row keeps the reason of its last final close, as the real server never clears it.
        owner = session.record.owner
        if owner is not None:
            session.tell_state(wuid=owner.jid, profileName=owner.profile_name, profilePictureUrl=owner.picture)

    def dropped(self, session: Session, ending: Ending) -> None:
        """A drop it recovers from is not told."""

    def ended(self, session: Session, ending: Ending) -> None:
        cause = json.dumps({"error": _boom(session.name, ending), "date": timestamp()}, separators=(",", ":"))
        ended = Disconnection(ending.code, cause, timestamp())
        session.record.disconnection = ended
        session.record.touch("close")
        closed = {
            "instance": session.name,
            "status": "closed",
            "disconnectionAt": ended.at,
            "disconnectionReasonCode": ended.code,
            "disconnectionObject": ended.cause,
        }
        self.emit(session, "status.instance", closed)
        self.emit(session, "logout.instance", None)
        session.tell_state()

    # --- messages ---

    async def send_text(self, call: Call) -> Reply:
        check(TEXT, call.body)
        if not call.body["text"]:
            raise Refusal(400, ["Text is required"])
        session = self.session(call.name)
        jid = await self.ready_to_send(session, call.body["number"])
        await self.pace.sleep(call.body.get("delay", 0) / 1000)
        message = self._sent(session, jid, call.body["text"])
        self.emit(session, "send.message", message)
        session.spawn(self._delivered(session, message["key"]))
        return Reply(201, message)

    @staticmethod
    def _sent(session: Session, jid: str, text: str) -> Body:
        now = int(time.time())
        context = {
            "mentionedJid": [],
            "groupMentions": [],
            "ephemeralSettingTimestamp": {"low": now, "high": 0, "unsigned": False},
            "disappearingMode": {"initiator": 0},
        }
        return {
            "key": {"remoteJid": jid, "fromMe": True, "id": message_id("3EB0", 22)},
            "pushName": "Você",
            "status": "PENDING",
            "message": {"conversation": text},
            **({} if jid.endswith("@g.us") else {"contextInfo": context}),
            "messageType": "conversation",
            "messageTimestamp": now,
            "instanceId": session.record.instance_id,
            "source": "web",
        }

    async def _delivered(self, session: Session, key: Body) -> None:
        await self.pace.sleep(DELIVERED_AFTER_SECONDS)
        update = {
            "keyId": key["id"],
            "remoteJid": key["remoteJid"],
            "fromMe": True,
            "participant": None,
            "status": "DELIVERY_ACK",
            "instanceId": session.record.instance_id,
            "messageId": row_id(),
        }
        self.emit(session, "messages.update", update)

    def receive(self, session: Session, sender: str, text: str, push_name: str) -> None:
        """Tell of a message; after a logout through the API and a new pairing it never does again."""
        if session.deaf:
            return
        account = f"{sender}@s.whatsapp.net"
        message = {
            "key": {"remoteJid": account, "fromMe": False, "id": message_id("3A", 20)},
            "pushName": push_name,
            "status": "DELIVERY_ACK",
            "message": {"conversation": text},
            "messageType": "conversation",
            "messageTimestamp": int(time.time()),
            "instanceId": session.record.instance_id,
            "source": "ios",
        }
        self.emit(session, "messages.upsert", message)
        contact = {
            "remoteJid": account,
            "pushName": push_name,
            "profilePicUrl": f"https://pps.whatsapp.net/v/t61/lab-{sender}.jpg",
            "instanceId": session.record.instance_id,
        }
        self.emit(session, "contacts.update" if sender in session.known_contacts else "contacts.upsert", contact)
        session.known_contacts.add(sender)

    def nobody(self, jid: str, number: str) -> Body:
        return {"jid": jid, "exists": False, "number": number}


def row_id() -> str:
    """An id as the database makes them."""
    return "c" + uuid.uuid4().hex[:24]


def _boom(name: str, ending: Ending) -> Body:
    """The library's error, from which a reader can tell who ended the session."""
    words = {"logout": f"Log out instance: {name}", "login": "Connection Failure"}
    phone = {401: "Stream Errored (conflict)", 403: "Connection Failure"}.get(ending.code, "lab")
    details: dict[str, Json] = {
        "logout": None,
        "login": {"reason": str(ending.code), "location": "lab"},
        "phone": {"tag": "stream:error", "attrs": {"code": str(ending.code)}},
    }
    payload = {
        "statusCode": ending.code,
        "error": HTTPStatus(ending.code).phrase,
        "message": words.get(ending.origin, phone),
    }
    output = {"statusCode": ending.code, "payload": payload, "headers": {}}
    return {"data": details[ending.origin], "isBoom": True, "isServer": False, "output": output}
