"""The page's own tests and type check, run by Node from here so that one command runs everything."""

import subprocess
from pathlib import Path

import pytest

from frontend import build

HERE = Path(__file__).parent
SECONDS = 120


@pytest.fixture(scope="module")
def node() -> str:
    """A Node with the page's libraries installed beside it."""
    found = build.find_node()
    build.install(found)
    return found.run[0]


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=build.HERE, capture_output=True, text=True, timeout=SECONDS, check=False)


def _tests() -> list[Path]:
    return sorted(HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("file", _tests(), ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_the_logic_of_the_page_holds(node: str, file: Path) -> None:
    done = _run(node, "--test", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_written_in_the_comments_hold(node: str) -> None:
    done = _run(node, str(build.MODULES / "typescript" / "bin" / "tsc"), "--project", "jsconfig.json")
    assert done.returncode == 0, done.stdout + done.stderr
