"""The names 1.8.2 knows and the bodies it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.evolution.schema import Rule

if TYPE_CHECKING:
    from simulator.wire import Body

EVENTS = (
    "APPLICATION_STARTUP", "QRCODE_UPDATED", "MESSAGES_SET", "MESSAGES_UPSERT", "MESSAGES_UPDATE", "MESSAGES_DELETE",
    "SEND_MESSAGE", "CONTACTS_SET", "CONTACTS_UPSERT", "CONTACTS_UPDATE", "PRESENCE_UPDATE", "CHATS_SET",
    "CHATS_UPSERT", "CHATS_UPDATE", "CHATS_DELETE", "GROUPS_UPSERT", "GROUP_UPDATE", "GROUP_PARTICIPANTS_UPDATE",
    "CONNECTION_UPDATE", "LABELS_EDIT", "LABELS_ASSOCIATION", "CALL", "NEW_JWT_TOKEN", "TYPEBOT_START",
    "TYPEBOT_CHANGE_STATUS", "CHAMA_AI_ACTION",
)  # fmt: skip

SETTINGS: Body = {
    "reject_call": False,
    "msg_call": "",
    "groups_ignore": True,
    "always_online": False,
    "read_messages": False,
    "read_status": False,
    "sync_full_history": False,
}

BOOLEAN, STRING = Rule("boolean"), Rule("string")
_EVENTS = Rule("array", items=Rule("string", choices=EVENTS))
CREATE = Rule(
    "object",
    properties={
        "token": STRING,
        "qrcode": Rule("boolean", choices=(True, False)),
        "number": Rule("string", pattern=r"^\d+[\.@\w-]+"),
        "webhook": STRING,
        "webhook_by_events": BOOLEAN,
        "webhook_base64": BOOLEAN,
        "events": _EVENTS,
    },
)
WEBHOOK = Rule("object", required=("url",), properties={"url": STRING, "events": _EVENTS})
TEXT = Rule(
    "object",
    required=("textMessage", "number"),
    properties={
        "number": Rule("string", words="Invalid format"),
        "textMessage": Rule(
            "object",
            required=("text",),
            properties={"text": Rule("string", min_length=1, words='The "text" cannot be empty')},
        ),
    },
)
