"""WhatsApp's own address of a number, as far as we need it: the number in it."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"\+?(\d{5,20})(?::\d+)?@(?:s\.whatsapp\.net|c\.us)", re.ASCII)


def phone_in(jid: object) -> str | None:
    """`62811@s.whatsapp.net` or `62811:7@s.whatsapp.net` as `62811`."""
    found = _NUMBER.fullmatch(jid) if isinstance(jid, str) else None
    return found[1] if found else None
