"""The names 2.3.6 knows and the bodies it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.evolution.schema import Rule

if TYPE_CHECKING:
    from simulator.wire import Body

FLAT_EVENTS = (
    "APPLICATION_STARTUP", "QRCODE_UPDATED", "MESSAGES_SET", "MESSAGES_UPSERT", "MESSAGES_EDITED", "MESSAGES_UPDATE",
    "MESSAGES_DELETE", "SEND_MESSAGE", "SEND_MESSAGE_UPDATE", "CONTACTS_SET", "CONTACTS_UPSERT", "CONTACTS_UPDATE",
    "PRESENCE_UPDATE", "CHATS_SET", "CHATS_UPSERT", "CHATS_UPDATE", "CHATS_DELETE", "GROUPS_UPSERT", "GROUP_UPDATE",
    "GROUP_PARTICIPANTS_UPDATE", "CONNECTION_UPDATE", "LABELS_EDIT", "LABELS_ASSOCIATION", "CALL", "TYPEBOT_START",
    "TYPEBOT_CHANGE_STATUS",
)  # fmt: skip
EVENTS = (
    *FLAT_EVENTS, "REMOVE_INSTANCE", "LOGOUT_INSTANCE", "INSTANCE_CREATE", "INSTANCE_DELETE", "STATUS_INSTANCE",
)  # fmt: skip

SETTINGS: Body = {
    "rejectCall": False,
    "msgCall": "",
    "groupsIgnore": False,
    "alwaysOnline": False,
    "readMessages": False,
    "readStatus": False,
    "syncFullHistory": False,
    "wavoipToken": "",
}

BOOLEAN, STRING = Rule("boolean"), Rule("string")
CREATE = Rule(
    "object",
    properties={
        "number": Rule("string", pattern=r"^\d+[\.@\w-]+"),
        "qrcode": BOOLEAN,
        "webhookUrl": STRING,
        "webhookByEvents": BOOLEAN,
        "webhookBase64": BOOLEAN,
        "webhookEvents": Rule("array", items=Rule("string", choices=FLAT_EVENTS)),
        **{name: Rule("boolean") for name, default in SETTINGS.items() if default is False},
    },
)
WEBHOOK = Rule(
    "object",
    required=("webhook",),
    properties={
        "webhook": Rule(
            "object",
            required=("enabled", "url"),
            properties={
                "enabled": BOOLEAN,
                "url": STRING,
                "headers": Rule("object"),
                "byEvents": BOOLEAN,
                "base64": BOOLEAN,
                "events": Rule("array", items=Rule("string", choices=EVENTS)),
            },
        )
    },
)
TEXT = Rule(
    "object",
    required=("number", "text"),
    properties={
        "number": Rule("string", words="Invalid format"),
        "text": STRING,
        "delay": Rule("integer", words="Enter a value in milliseconds"),
    },
)
