"""The command line: prints one JSON line for each figure; `--tiny` shows in seconds that everything still runs."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bench import growth, imports, moves, observations, sweeps, webhooks
from bench.figure import Figure
from bench.scale import FULL, TINY, Scale
from bench.stage import Stage, say, stage, unheard_log

GROUPS: Final[Mapping[str, Callable[[Stage, Scale], Iterator[Figure]]]] = {
    "webhooks": webhooks.figures,
    "imports": imports.figures,
    "sweeps": sweeps.figures,
    "moves": moves.figures,
    "growth": growth.figures,
    "observations": observations.figures,
}


def main() -> int:
    """Measure what is asked for, everything by default."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--tiny", action="store_true", help="so small that the figures mean nothing")
    asked = parser.parse_args()
    figures = sys.stdout
    started = time.monotonic()
    with stage() as ready, unheard_log():
        for group in asked.groups or GROUPS:
            for figure in GROUPS[group](ready, TINY if asked.tiny else FULL):
                figures.write(figure.line() + "\n")
                figures.flush()
    say(f"bench: {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
