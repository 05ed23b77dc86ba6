"""Compares a body with a recorded one: the same keys, types and nesting, and the same words where words matter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.contract.simulator.exclusions import NO_SUCH_INSTANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

# Values that a second run of the real server would not repeat either: only their type counts.
VOLATILE = frozenset({
    "access_token_wa_business", "apikey", "base64", "code", "createdAt", "date_time", "destination", "disconnectionAt",
    "hash", "id", "instanceId", "keyId", "low", "manager", "messageId", "messageTimestamp", "owner", "ownerJid",
    "pairingCode", "profileName", "profilePicUrl", "profilePictureUrl", "profileStatus", "sender", "serverUrl",
    "server_url", "swagger", "token", "updatedAt", "webhook_wa_business", "whatsappWebVersion", "wuid",
})  # fmt: skip
# The database library's own texts quote the server's minified source.
QUOTED_SOURCE = ("Invalid `", "PrismaClientValidationError")


def differences(recorded: Any, got: Any, where: str = "") -> Iterator[str]:
    """Say where two bodies differ."""
    key = where.rpartition(".")[2].partition("[")[0]
    if type(recorded) is not type(got):
        yield f"{where or 'body'}: {_short(recorded)} was recorded, got {_short(got)}"
    elif isinstance(recorded, dict):
        yield from _in_object(recorded, got, where)
    elif isinstance(recorded, list):
        yield from _in_list(recorded, got, where)
    elif key == "disconnectionObject" and isinstance(recorded, str):
        yield from _in_cause(json.loads(recorded), json.loads(got), where)
    elif key not in VOLATILE and recorded != got and not _quotes_source(recorded, got):
        yield f"{where}: {_short(recorded)} was recorded, got {_short(got)}"


def _in_object(recorded: dict[str, Any], got: dict[str, Any], where: str) -> Iterator[str]:
    for key in recorded.keys() | got.keys():
        inner = f"{where}.{key}" if where else key
        if key not in got:
            yield f"{inner}: recorded, but missing"
        elif key not in recorded:
            yield f"{inner}: not recorded, but sent"
        else:
            yield from differences(recorded[key], got[key], inner)


def _in_list(recorded: list[Any], got: list[Any], where: str) -> Iterator[str]:
    if _named(recorded) and _named(got):
        # A list of instances: the server's order means nothing, and other scenarios add their own.
        theirs = {_name(row): row for row in got}
        for row in recorded:
            if _name(row) in theirs:
                yield from differences(row, theirs[_name(row)], f"{where}[{_name(row)}]")
            elif _name(row) not in NO_SUCH_INSTANCE:
                yield f"{where}[{_name(row)}]: recorded, but missing"
        return
    if len(recorded) != len(got):
        yield f"{where}: {len(recorded)} entries were recorded, got {len(got)}"
        return
    for index, (before, now) in enumerate(zip(recorded, got, strict=True)):
        yield from differences(before, now, f"{where}[{index}]")


def _in_cause(recorded: dict[str, Any], got: dict[str, Any], where: str) -> Iterator[str]:
    yield from differences({**recorded, "date": ""}, {**got, "date": ""}, f"{where}(parsed)")


def _named(rows: list[Any]) -> bool:
    return bool(rows) and all(
        isinstance(row, dict) and ("connectionStatus" in row or "instance" in row) for row in rows
    )


def _name(row: dict[str, Any]) -> str:
    return str(row["instance"]["instanceName"] if "instance" in row else row["name"])


def _quotes_source(recorded: object, got: object) -> bool:
    return all(isinstance(text, str) and any(part in text for part in QUOTED_SOURCE) for text in (recorded, got))


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:120] + "…"
