"""The operational log as a file: redacted once more, and safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

from manage_instance.models import LogLine
from sambung.gateways.redaction import evidence

MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}
COLUMNS = (
    "created_at", "instance_name", "action", "status", "error_code", "latency_ms", "actor", "correlation_id",
    "instance_id", "server_id", "operation_id", "detail",
)  # fmt: skip
# What a spreadsheet takes for the start of a formula, behind which a command may stand.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(lines: Sequence[LogLine], kind: str) -> str:
    """The file's content."""
    return _WRITERS[kind]([_row(line) for line in lines])


def _row(line: LogLine) -> dict[str, object]:
    given = line.model_dump(mode="json")
    detail = {name: _redacted(value) for name, value in line.detail.items()}
    return {name: given[name] for name in COLUMNS[:-1]} | {"detail": detail}


def _redacted(value: object) -> object:
    """Details were redacted when they were written; a file leaves the house, so they are looked at again."""
    return evidence(value) if isinstance(value, str) else value if isinstance(value, int | float) else _words(value)


def _words(value: object) -> str | None:
    return None if value is None else evidence(json.dumps(value, ensure_ascii=False, default=str))


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    out = io.StringIO()
    # A byte order mark, since Excel takes UTF-8 for something else without it.
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _json(rows: Sequence[Mapping[str, object]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _txt(rows: Sequence[Mapping[str, object]]) -> str:
    lines = [
        f"{r['created_at']}  {r['instance_name']}  {r['action']}  {r['status']}"
        f"  {r['error_code'] or '-'}  {'-' if r['latency_ms'] is None else r['latency_ms']} ms"
        f"  {r['actor']}  {r['correlation_id']}"
        + (f"  {json.dumps(r['detail'], ensure_ascii=False)}" if r["detail"] else "")
        for r in rows
    ]
    return "\n".join([*lines, ""])


_WRITERS: Mapping[str, Callable[[Sequence[Mapping[str, object]]], str]] = {"csv": _csv, "json": _json, "txt": _txt}
