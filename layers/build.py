# noqa: INP001 - a program beside the layer, not part of a package
"""Builds the Lambda layer without Docker, and refuses to hand over one that Lambda could not load.

`python layers/build.py [FOLDER]` fills FOLDER/python (default .aws-sam/layer) with the package sambung and the wheels
pinned in layers/common/requirements.txt, for Lambda's Python and processor whatever this machine has.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = ROOT / "layers" / "common"
REQUIREMENTS = COMMON / "requirements.txt"
PYTHON = (3, 13)
PYTHON_NAME = f"{PYTHON[0]}.{PYTHON[1]}"
# Lambda's limit for a function with its layers, unzipped; the functions themselves need far less than the rest.
MAX_BYTES = 250_000_000 - 10_000_000
INSTALL_DEADLINE_S = 600
ELF_MAGIC = b"\x7fELF"
ELF_AARCH64 = 183
# Without these compiled parts the layer would install and then fail, or crawl, in Lambda.
COMPILED = frozenset({"cffi", "cryptography", "psycopg-binary", "pydantic-core"})


class LayerError(Exception):
    """The layer cannot be built or would not work; the message names the next step."""


@dataclass(frozen=True)
class Layer:
    """A built layer: its folder, unzipped size in bytes, exact versions, and whether it carries bytecode."""

    folder: Path
    size: int
    versions: Mapping[str, str]
    precompiled: bool


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(requirements: str) -> dict[str, str]:
    """Read name -> version from a compiled requirements file."""
    return {
        canonical(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", requirements, re.MULTILINE)
    }


def uv_command(uv: str, target: Path) -> list[str]:
    return [
        *(uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(target)),
        *("--python-platform", "aarch64-manylinux_2_28", "--python-version", PYTHON_NAME),
        *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--requirement", str(REQUIREMENTS)),
    ]


def pip_command(target: Path) -> list[str]:
    # pip takes a platform literally: without the older name it passes over wheels that would fit.
    return [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(target)),
        *("--platform", "manylinux_2_28_aarch64", "--platform", "manylinux_2_17_aarch64"),
        *("--platform", "manylinux2014_aarch64", "--implementation", "cp", "--python-version", PYTHON_NAME),
        *(
            "--only-binary",
            ":all:",
            "--require-hashes",
            "--no-deps",
            "--no-compile",
            "--requirement",
            str(REQUIREMENTS),
        ),
    ]


def install(target: Path, uv: str | None) -> None:
    """Put the pinned wheels into target. Raises LayerError."""
    command = uv_command(uv, target) if uv else pip_command(target)
    # The command is made of constants and paths of this checkout.
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_DEADLINE_S, check=False)  # noqa: S603
    if done.returncode:
        message = f"Installing {REQUIREMENTS} failed:\n{done.stderr.strip()}\nIs the package index reachable?"
        raise LayerError(message)


def add_sambung(target: Path) -> None:
    shutil.copytree(COMMON / "sambung", target / "sambung", ignore=shutil.ignore_patterns("__pycache__"))


def drop_leftovers(target: Path) -> None:
    """Remove what installers leave behind that Lambda never reads: scripts and lock files."""
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)


def runs_lambdas_python(candidate: str) -> bool:
    check = f"import sys; sys.exit(sys.version_info[:2] != {PYTHON})"
    # A version manager's shim may exist and still not run, so it is tried.
    return subprocess.run([candidate, "-c", check], capture_output=True, timeout=30, check=False).returncode == 0  # noqa: S603


def pythons(uv: str | None) -> Iterator[str]:
    """Yield interpreters that may be Lambda's version, nearest first."""
    yield sys.executable
    if found := shutil.which(f"python{PYTHON_NAME}"):
        yield found
    if uv:
        command = [uv, "python", "find", "--no-project", PYTHON_NAME]
        found = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout.strip()  # noqa: S603
        if found:
            yield found
    pyenv = Path.home() / ".pyenv" / "versions"
    yield from map(str, sorted(pyenv.glob(f"{PYTHON_NAME}.*/bin/python")))


def precompile(target: Path, python: str) -> None:
    """Add bytecode, which Lambda cannot write itself. Raises LayerError."""
    # Unchecked, because zipping changes the times that bytecode is otherwise checked against.
    command = [python, "-m", "compileall", "-q", "-j0", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(target), "-p", "/opt/python", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_DEADLINE_S, check=False)  # noqa: S603
    if done.returncode:
        message = f"Compiling failed:\n{done.stdout.strip()}\n{done.stderr.strip()}"
        raise LayerError(message)


def lambdas_python(uv: str | None) -> str | None:
    return next(filter(runs_lambdas_python, pythons(uv)), None)


def installed(target: Path) -> dict[str, Distribution]:
    return {canonical(found.name): found for found in distributions(path=[str(target)])}


def wrong_versions(pins: Mapping[str, str], versions: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(pins.keys() | versions.keys()):
        wanted, got = pins.get(name, "nothing"), versions.get(name, "nothing")
        if wanted != got:
            yield f"{name}: pinned {wanted}, got {got}"


def wrong_wheels(found: Mapping[str, Distribution]) -> Iterator[str]:
    """Yield wheels for another platform, and pure ones where compiled parts are needed."""
    for name, distribution in sorted(found.items()):
        tags = re.findall(r"^Tag: (\S+)$", distribution.read_text("WHEEL") or "", re.MULTILINE)
        pure = any(tag.endswith("-none-any") for tag in tags)
        if name in COMPILED and pure:
            yield f"{name}: a placeholder without compiled parts"
        if not pure and not any(tag.endswith("_aarch64") for tag in tags):
            yield f"{name}: made for {', '.join(tags) or 'nobody knows what'}"


def wrong_binaries(target: Path) -> Iterator[str]:
    for path in sorted(target.rglob("*.so*")):
        head = path.read_bytes()[:20]
        if head[:4] != ELF_MAGIC or int.from_bytes(head[18:20], "little") != ELF_AARCH64:
            yield f"{path.relative_to(target)}: not an aarch64 library"
        if ".cpython-" in path.name and f".cpython-{PYTHON[0]}{PYTHON[1]}-" not in path.name:
            yield f"{path.relative_to(target)}: not for Python {PYTHON_NAME}"


def without_libraries(found: Mapping[str, Distribution]) -> Iterator[str]:
    for name in sorted(COMPILED & found.keys()):
        if not any(".so" in file.name for file in found[name].files or ()):
            yield f"{name}: carries no compiled library"


def size_of(target: Path) -> int:
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def faults(target: Path, pins: Mapping[str, str]) -> list[str]:
    """List why Lambda could not use the layer in target; empty when it can."""
    found = installed(target)
    problems = [
        *wrong_versions(pins, {name: each.version for name, each in found.items()}),
        *wrong_wheels(found),
        *without_libraries(found),
        *wrong_binaries(target),
    ]
    if not (target / "sambung" / "domain").is_dir():
        problems.append("sambung: missing")
    if (size := size_of(target)) > MAX_BYTES:
        problems.append(f"{size} bytes unzipped, {MAX_BYTES} allowed")
    return problems


def build(folder: Path, uv: str | None) -> Layer:
    """Fill folder/python afresh, with uv if its path is given, else with pip, and check it. Raises LayerError."""
    target = folder / "python"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    install(target, uv)
    add_sambung(target)
    drop_leftovers(target)
    if python := lambdas_python(uv):
        precompile(target, python)
    pins = pinned(REQUIREMENTS.read_text())
    if problems := faults(target, pins):
        raise LayerError("The layer would not work:\n" + "\n".join(problems))
    return Layer(target, size_of(target), pins, python is not None)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the Lambda layer without Docker.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / ".aws-sam" / "layer")
    try:
        layer = build(parser.parse_args().folder.resolve(), shutil.which("uv"))
    except LayerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{layer.folder}: {len(layer.versions)} libraries, {layer.size / 1e6:.1f} MB unzipped\n")
    if not layer.precompiled:
        sys.stderr.write(
            f"Not precompiled, so cold starts take longer: install Python {PYTHON_NAME} and build again.\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
