"""`make bench` runs, whatever its figures would say at this size."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_figure_is_one_line_with_its_reference_and_whether_its_aim_is_met() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--tiny"], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    names = [figure["name"] for figure in figures]
    assert len(names) == len(set(names))
    for family in ("webhook_", "import_", "sweep_", "send_", "reconcile_", "growth_", "observations_"):
        assert any(name.startswith(family) for name in names), family
    for figure in figures:
        assert figure["value"] > 0 < figure["reference"], figure
        assert figure["unit"] in {"events/s", "ms", "s"}
        assert isinstance(figure["met"], bool) == isinstance(figure["aim"], str), figure
