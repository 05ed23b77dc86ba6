"""Name and level of the log come from the function's environment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LAYER = Path(__file__).resolve().parents[3] / "layers" / "common"
CODE = """
from sambung.edge import observing
with observing.story("request") as told:
    pass
with observing.story("request") as told:
    told.wrong(error="X")
"""


@pytest.mark.parametrize(("level", "written"), [("INFO", ["INFO", "ERROR"]), ("ERROR", ["ERROR"])])
def test_service_and_level_are_settings(level: str, written: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={"PYTHONPATH": str(LAYER), "POWERTOOLS_LOG_LEVEL": level, "POWERTOOLS_SERVICE_NAME": "webhook"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["level"] for line in lines] == written
    assert {line["service"] for line in lines} == {"webhook"}


def test_it_loads_nothing_that_only_some_functions_need() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sambung.edge.observing, sys; print(*sorted(sys.modules))"],
        env={"PYTHONPATH": str(LAYER)},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()
    assert not {"boto3", "httpx", "jinja2", "pydantic", "psycopg", "cryptography"} & set(loaded)
