"""Keeps what functions write, one JSON object per line and one file per function, as CloudWatch keeps log groups."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

LIMIT_BYTES = 20_000_000
# Digits of a time down to its milliseconds.
MILLISECONDS = 17


class FunctionLog:
    """The log of one function."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{name}.jsonl"
        self._name = name

    def write(self, line: str) -> None:
        """Keep a line of output; text becomes the message of an object."""
        text = line.rstrip()
        if not text:
            return
        if not _is_object(text):
            text = json.dumps(_entry("INFO", text.replace("\r", "\n"), self._name))
        self._append(text)

    def platform(self, level: str, message: str) -> None:
        """Keep what Lambda itself would say."""
        self._append(json.dumps(_entry(level, message, self._name)))

    def _append(self, line: str) -> None:
        if self._path.exists() and self._path.stat().st_size > LIMIT_BYTES:
            self._path.replace(self._path.with_suffix(".old.jsonl"))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _entry(level: str, message: str, name: str) -> dict[str, str]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"level": level, "timestamp": now, "function_name": name, "message": message}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def entries(folder: Path, event: str | None) -> list[str]:
    """All kept lines, oldest first; only those of one event when it is named."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted((line for line in lines if matches(line, event)), key=_time)


def matches(line: str, event: str | None) -> bool:
    """Whether the line is of that event, which stands in `event` or is the message."""
    if event is None:
        return True
    entry = json.loads(line)
    return event in (entry.get("event"), entry.get("message"))


def _time(line: str) -> str:
    entry = json.loads(line)
    # Functions and the platform write the same instant in different notations.
    return re.sub(r"\D", "", str(entry.get("timestamp") or ""))[:MILLISECONDS]


def follow(folder: Path, event: str | None) -> Iterator[str]:
    """New lines as they come; yields an empty string when there is none for now."""
    positions = {path: path.stat().st_size for path in folder.glob("*.jsonl")}
    while True:
        for path in sorted(folder.glob("*.jsonl")):
            with path.open(encoding="utf-8") as file:
                start = positions.get(path, 0)
                file.seek(start if start <= path.stat().st_size else 0)
                yield from (line.rstrip() for line in file if matches(line, event))
                positions[path] = file.tell()
        yield ""
