"""Reads the recordings of the real gateways, so that clients and simulators are held to what was measured."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Row: TypeAlias = "dict[str, Any]"
"""One row as recorded; what it holds differs from folder to folder, so it is opened field by field."""

_REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = Path(os.environ.get("SAMBUNG_CONTRACT") or _REPOSITORY.parent / "shared" / "contract")
SIDE_FILES = frozenset({"webhooks.json", "webhook_samples.json", "webhook_retries.json", "hmac-vectors.json"})


@dataclass(frozen=True)
class Request:
    """A request as it left: `headers` have lower-case names; `raw` is the text where it was no JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Json
    raw: str | None = None


@dataclass(frozen=True)
class Response:
    """A response as it came: `headers` have lower-case names; `body` is JSON, or text where it was none."""

    status: int
    headers: Mapping[str, str]
    body: Json
    milliseconds: float


@dataclass(frozen=True)
class Exchange:
    """One real call of a recording."""

    file: str
    name: str
    request: Request
    response: Response

    @property
    def id(self) -> str:
        """Name the call readably for a parametrised test."""
        return f"{self.file}:{self.name}"


@dataclass(frozen=True)
class Webhook:
    """One webhook as the receiver got it; `answered` is the status it was answered with."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    answered: int | None


def require() -> None:
    """Skip the calling module when the recordings are absent; with CI=true fail instead."""
    if ROOT.is_dir():
        return
    message = f"recordings not found at {ROOT}: set SAMBUNG_CONTRACT to the folder that holds them"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message, allow_module_level=True)


@cache
def load(folder: str, file: str) -> list[Row]:
    """Return every row of one file, for example `load("evolution-2.3.6", "02_create.json")`."""
    require()
    rows: list[Row] = json.loads((ROOT / folder / file).read_text(encoding="utf-8"))
    return rows


@cache
def files(folder: str) -> tuple[str, ...]:
    """Name the scenario files of a folder in their recorded order, without webhooks, samples and vectors."""
    require()
    return tuple(sorted(path.name for path in (ROOT / folder).glob("*.json") if path.name not in SIDE_FILES))


def exchanges(folder: str, *only: str) -> Iterator[Exchange]:
    """Yield the real calls of a folder (of the files in `only`, if any), in order.

    Commands to the lab, rows of webhooks, polls, and calls that never got an answer are left out.
    """
    for file in only or files(folder):
        for row in load(folder, file):
            exchange = as_exchange(file, row)
            if exchange is not None:
                yield exchange


def as_exchange(file: str, row: Row) -> Exchange | None:
    """Return the row as a real call, or None where it is none."""
    request, response = row.get("request"), row.get("response")
    if row.get("lab_control") or not request or not response or not response.get("status") or "body" not in response:
        return None
    return Exchange(
        file=file,
        name=row["name"],
        request=Request(
            method=request["method"],
            path=request["path"],
            headers=_lower(request.get("headers")),
            body=request.get("body"),
            raw=request.get("raw_body"),
        ),
        response=Response(
            status=response["status"],
            headers=_lower(response.get("headers")),
            body=response["body"],
            milliseconds=response.get("ms", row.get("elapsed_ms", 0)),
        ),
    )


def webhooks(folder: str) -> Iterator[Webhook]:
    """Yield every webhook of a folder whose body was JSON, in the order of receipt."""
    for row in load(folder, "webhooks.json"):
        seen = row.get("request") or row
        if isinstance(seen.get("body"), dict):
            yield Webhook(
                path=seen["path"],
                headers=_lower(seen.get("headers")),
                body=seen["body"],
                answered=_status(row.get("answered")),
            )


def _status(answered: object) -> int | None:
    return answered if isinstance(answered, int) else None


def _lower(headers: Mapping[str, str] | str | None) -> dict[str, str]:
    # Some rows of the webjs recording say "as above (signed)" instead of repeating their headers.
    return {name.lower(): value for name, value in headers.items()} if isinstance(headers, dict) else {}
