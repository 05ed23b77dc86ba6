"""Writes down what waits in the queues, because the AWS stand-in forgets it: a parked webhook must outlive the stack.

The journal is read off the wire, from the requests and answers of SQS's JSON protocol. What SQS itself moved to the
dead letters is noted as waiting in its first queue, and gets its tries again after a restart.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TARGET = "AmazonSQS."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that was sent and not yet deleted; `attributes` as SendMessage takes them."""

    queue: str
    message_id: str
    body: str
    attributes: Mapping[str, object] = field(default_factory=dict)


class Journal:
    """Notes sent and deleted messages in a file, one JSON object per line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: dict[str, str] = {}
        self._lock = threading.Lock()

    def note(self, action: str, asked: Mapping[str, Any], answered: Mapping[str, Any]) -> None:
        """Write down what a successful action changed."""
        if action == "ReceiveMessage":
            found = answered.get("Messages") or []
            self._ids |= {message["ReceiptHandle"]: message["MessageId"] for message in found}
        else:
            self._append(list(_changes(action, asked, answered, self._ids)))

    def _append(self, changes: list[Mapping[str, object]]) -> None:
        if changes:
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(change) + "\n" for change in changes)


def _changes(
    action: str, asked: Mapping[str, Any], answered: Mapping[str, Any], ids: Mapping[str, str]
) -> Iterator[Mapping[str, object]]:
    queue = str(asked.get("QueueUrl", "")).rpartition("/")[2]
    done = {entry["Id"]: entry for entry in answered.get("Successful") or []}
    entries = [entry for entry in asked.get("Entries") or [] if entry["Id"] in done]
    if action == "SendMessage":
        yield _sent(queue, answered["MessageId"], asked)
    elif action == "SendMessageBatch":
        yield from (_sent(queue, done[entry["Id"]]["MessageId"], entry) for entry in entries)
    elif action == "DeleteMessage":
        yield {"gone": ids.get(asked["ReceiptHandle"], "")}
    elif action == "DeleteMessageBatch":
        yield from ({"gone": ids.get(entry["ReceiptHandle"], "")} for entry in entries)
    elif action == "PurgeQueue":
        yield {"purged": queue}


def _sent(queue: str, message_id: str, entry: Mapping[str, Any]) -> dict[str, object]:
    return asdict(Waiting(queue, message_id, entry["MessageBody"], entry.get("MessageAttributes") or {}))


def waiting(path: Path) -> list[Waiting]:
    """What was sent and not deleted, in the order it was sent. A line cut short by a crash is no line."""
    found: dict[str, Waiting] = {}
    for change in _lines(path):
        if "gone" in change:
            found.pop(str(change["gone"]), None)
        elif "purged" in change:
            found = {key: message for key, message in found.items() if message.queue != change["purged"]}
        else:
            message = Waiting(**change)
            found[message.message_id] = message
    return list(found.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue


def take_over(journal: Path, kept: Path) -> list[Waiting]:
    """Move what waits from the last run's journal to `kept`, where it stays until it was sent again; what waits."""
    messages = [*waiting(kept), *waiting(journal)]
    if messages:
        temporary = kept.with_suffix(".new")
        temporary.write_text("".join(json.dumps(asdict(message)) + "\n" for message in messages), encoding="utf-8")
        temporary.replace(kept)
    journal.unlink(missing_ok=True)
    return messages


class Journaling:
    """A WSGI application that notes what passes through to another one."""

    def __init__(self, application: "WSGIApplication", journal: Journal) -> None:
        self._application = application
        self._journal = journal

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Pass the request on, and note it before its answer leaves."""
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        if not target.startswith(TARGET):
            return self._application(environ, start_response)
        asked = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        parts, status, headers = run_wsgi_app(
            self._application, {**environ, "wsgi.input": BytesIO(asked)}, buffered=True
        )
        answered = b"".join(parts)
        if status.startswith("200"):
            self._journal.note(target.removeprefix(TARGET), json.loads(asked or b"{}"), json.loads(answered or b"{}"))
        start_response(status, headers.to_wsgi_list())
        return [answered]
