"""What a cold start costs: each handler's import in a fresh process, beside what no function of ours can do without."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from bench import PATHS
from bench.figure import Aim, Figure, of_pairs
from bench.scale import Scale
from bench.stage import Stage

HANDLERS: Final = ("webhook", "manage_instance", "health_check", "reconciler")
AIMS: Final = {"webhook": Aim("<=", 1.4)}
# Slow ones, which only what needs them may load.
HEAVY: Final = ("boto3", "httpx", "jinja2", "pydantic", "cryptography", "asyncio", "yoyo")
_BASE: Final = "import psycopg; from aws_lambda_powertools import Logger"
_TIMED: Final = """
import sys, time
cpu, started = time.process_time(), time.perf_counter()
{imports}
print(time.perf_counter() - started, time.process_time() - cpu, *(m for m in {heavy} if m in sys.modules))
"""


def figures(stage: Stage, scale: Scale) -> Iterator[Figure]:
    """One figure for each handler; all of them and the reference in turns."""
    del stage
    turns = [_turn() for _ in range(scale.import_rounds)]
    taken = turns[1:] or turns  # the first one may have had to compile
    for name in HANDLERS:
        pairs = [(turn[name][0], turn[""][0]) for turn in taken]
        cpu = [(turn[name][1], turn[""][1]) for turn in taken]
        yield of_pairs(
            f"import_{name}",
            "ms",
            pairs,
            against="import of psycopg and the Powertools Logger alone",
            aim=AIMS.get(name),
            more={"cpu_ratio": round(of_pairs("", "", cpu, against="").ratio, 3), "loads": taken[0][name][2]},
        )


def _turn() -> dict[str, tuple[float, float, list[str]]]:
    """Milliseconds by the clock, milliseconds of CPU, heavy modules: of each handler, and of the reference as ``."""
    return {
        "": _import(_BASE),
        **{name: _import(f"import {name}.handler") for name in HANDLERS},
    }


def _import(imports: str) -> tuple[float, float, list[str]]:
    done = subprocess.run(  # noqa: S603  our own command line
        [sys.executable, "-W", "ignore", "-c", _TIMED.format(imports=imports, heavy=HEAVY)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    wall, cpu, *heavy = done.stdout.split()
    return float(wall) * 1000, float(cpu) * 1000, heavy
