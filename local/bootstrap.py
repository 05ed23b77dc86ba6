"""Prepares a fresh machine: environment, packages with hashes, the page. There is nothing but the standard library yet.

Used as `python3 local/bootstrap.py [REQUIREMENTS FILE...]`, by the Makefile. What is done already is not done again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
OLDEST_NODE = 18
INSTALL_S = 1800


class BootstrapError(Exception):
    """What is missing, in one line that names the next step."""


def main(arguments: Sequence[str]) -> int:
    """Prepare with the given requirement files; the exit status."""
    files = [*(arguments or ["requirements.txt"]), *([] if has_node() else ["requirements-node.txt"])]
    try:
        create_environment()
        install([ROOT / name for name in files])
        build_page()
    except BootstrapError as error:
        sys.stderr.write(f"sambung: {error}\n")
        return 1
    return 0


def has_node() -> bool:
    """Whether the page can be built with the system's Node."""
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False, timeout=20)
    major = answer.stdout.strip().lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def create_environment() -> None:
    """Make .venv, by uv when it is there."""
    if is_usable():
        return
    if not os.access(ROOT, os.W_OK):
        raise BootstrapError(f"cannot write in {ROOT}: copy it to a folder you own, and run make there.")
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if uv is None and find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise BootstrapError(f"Python's venv is missing: run `apt-get install python{version}-venv`, then make again.")
    say("Creating .venv ...")
    command = (
        [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)]
        if uv
        else [sys.executable, "-m", "venv", str(VENV)]
    )
    try:
        run(command, "the environment .venv could not be created")
    except BootstrapError:
        shutil.rmtree(VENV, ignore_errors=True)
        raise


def is_usable() -> bool:
    """Whether .venv is there and its Python runs (it does not after the folder or the Python was moved)."""
    # What uv made has no pip, which only matters once uv is gone.
    check = ("" if shutil.which("uv") else "import pip; ") + "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(PYTHON), "-c", check], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


def install(files: Sequence[Path]) -> None:
    """Install what is pinned, checked by hashes; files that were installed as they are now are skipped."""
    done = installed()
    wanted = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    missing = [path for path in files if done.get(path.name) != wanted[path.name]]
    if not missing:
        return
    say(f"Installing {', '.join(path.name for path in missing)} ...")
    uv = shutil.which("uv")
    tool = (
        [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
        if uv
        else [str(PYTHON), "-m", "pip", "install", "-q"]
    )
    options = [] if uv else ["--disable-pip-version-check"]
    named = [part for path in missing for part in ("-r", str(path))]
    run(
        [*tool, *options, "--require-hashes", *named],
        "the packages could not be installed: check the network, then make again",
    )
    STAMP.write_text(json.dumps({**done, **wanted}))


def installed() -> dict[str, str]:
    """What was installed here before, by file name."""
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def build_page() -> None:
    """Build the page; its own builder knows what is done already."""
    if (ROOT / "frontend" / "build.py").exists():
        run([str(PYTHON), "-m", "frontend.build"], "the page could not be built")


def run(command: Sequence[str], complaint: str) -> None:
    """Run a step, showing what it says only when it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=INSTALL_S)
    if done.returncode != 0:
        last = ((done.stderr or done.stdout).strip().splitlines() or ["no reason given"])[-1]
        raise BootstrapError(f"{complaint}: {last}")


def say(text: str) -> None:
    """Tell what takes long."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
