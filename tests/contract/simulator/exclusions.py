"""The one list of what was recorded and is not asked of the simulator, each with its reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.contract.recordings import Exchange

NO_CLIENT_CALLS = "the project's clients never call this route"
NO_CLIENT_SENDS = "the project's clients never send such a body"
OWN_BUG = "a bug of the real server outside what the project's clients send"
OTHER_SET_UP = "recorded on a server set up in another way (environment variables)"

FILES = {
    "15-expose-false.json": OTHER_SET_UP,
    "19_expose_tz_global.json": OTHER_SET_UP,
}

# (file or *, the row's name as a regular expression, reason); these calls are not even made
ROWS = (
    ("*", r"^docs$", NO_CLIENT_CALLS),
    ("*", r"^settings/|^whatsappNumbers|etPresence|sendPresence|^sendMedia|settings/find", NO_CLIENT_CALLS),
    ("*", r"^verify-creds$", NO_CLIENT_CALLS),
    ("*", r"form encoded|instanceName with slash|poison: name|shows a/b|every create without own", OWN_BUG),
    ("*", r"^delete a%2Fb$|^delete c-form$", OWN_BUG),
    (
        "02-instance-create.json",
        r"^integration unknown value$",
        "fails there only because of the form-encoded mess before it",
    ),
    ("03-instance-connect.json", r"^connect\?number=abc$", NO_CLIENT_SENDS),
    (
        "09_sendText.json",
        r"^number not numeric$",
        "the recording's note: an early stub; file 22 has the corrected answer",
    ),
    (
        "09_sendText.json",
        r"^while connecting|^send while reconnecting",
        "the stub cut the 60 s to 8 s, and its note says that an offline server answers Connection Closed at once",
    ),
    ("22_settings_and_misc.json", r"^send when WhatsApp does not answer", "the stub was told to hang; 60 s in truth"),
    ("22_settings_and_misc.json", r"^sendText very long$", "the recorded body is cut, only its length was noted"),
    (
        "06-restart.json",
        r"^PUT restart, open, with WhatsApp-like conflict",
        "the state in the middle of a 440 storm is chance; the storm itself is tested apart",
    ),
    (
        "14-global-webhook-and-del-instance.json",
        r"^connect g3$",
        "the count after a minute of refreshed codes, which this replay does not wait for",
    ),
)


def reason(exchange: Exchange) -> str | None:
    """Why a recorded exchange is not asked of the simulator, or None when it is."""
    if exchange.file in FILES:
        return FILES[exchange.file]
    for file, name, why in ROWS:
        if file in {"*", exchange.file} and re.search(name, exchange.name):
            return why
    return None


# Calls that saw the count of their moment: on a busy machine the next code may have come.
LATER_COUNT = frozenset({("15_qrcode_limit.json", "connect again")})

# Instances that only a bug of the real server made.
NO_SUCH_INSTANCE = frozenset({"a/b"})

# Instances whose webhooks are no single story.
SEVERAL_STORIES = {"z500": "two scenarios that were recorded at the same time used this name"}

# webhooks: (event, state or notice) that no test here can provoke
KINDS = {
    ("evolution-1.8.2", "messages.update"): "a message that was read: the project does not subscribe to it",
    ("evolution-1.8.2", "presence.update"): "the project does not subscribe to it",
}
