"""The report as the table of docs/performance.md: `python -m bench.table < figures.jsonl`."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

HEAD = ("figure", "value", "reference", "ratio", "spread", "aim", "met", "rounds")


def rows(lines: Iterator[str]) -> Iterator[str]:
    """Markdown of the figures' lines; whatever else is among them is passed over."""
    yield _row(HEAD)
    yield _row(("---",) * len(HEAD))
    for line in lines:
        if line.startswith("{"):
            yield _row(_cells(json.loads(line)))


def _cells(figure: Mapping[str, Any]) -> tuple[str, ...]:
    least, most = figure["spread"]
    return (
        figure["name"],
        f"{figure['value']:g} {figure['unit']}",
        f"{figure['reference']:g}",
        f"{figure['ratio']:.2f}",
        f"{least:.2f} - {most:.2f}",
        figure["aim"] or "",
        {None: "", True: "yes", False: "no"}[figure["met"]],
        str(figure["rounds"]),
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.writelines(line + "\n" for line in rows(iter(sys.stdin)))
