"""A layer that Lambda could not load is told from one that it can, and its pins are the ones that are tested."""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from layers import build
from tests.unit.infrastructure import stack

PINS = {"psycopg-binary": "3.3.9", "httpx": "0.28.1"}
AARCH64, X86_64 = 183, 62
NATIVE = "cp313-cp313-manylinux_2_28_aarch64"


def wheel(target: Path, name: str, version: str, tag: str, *files: str) -> None:
    """Lay down what an installer leaves of a wheel."""
    info = target / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def library(path: Path, machine: int = AARCH64) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x7fELF" + bytes(14) + struct.pack("<H", machine))


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A sound layer with one pure and one compiled wheel."""
    name = "psycopg_binary/_psycopg.cpython-313-aarch64-linux-gnu.so"
    wheel(tmp_path, "psycopg_binary", "3.3.9", NATIVE, name)
    wheel(tmp_path, "httpx", "0.28.1", "py3-none-any")
    library(tmp_path / name)
    (tmp_path / "sambung" / "domain").mkdir(parents=True)
    return tmp_path


def test_a_sound_layer_has_no_faults(layer: Path) -> None:
    assert build.faults(layer, PINS) == []


def test_another_version_than_the_pinned_one_is_a_fault(layer: Path) -> None:
    assert build.faults(layer, PINS | {"httpx": "0.28.2"}) == ["httpx: pinned 0.28.2, got 0.28.1"]


def test_what_is_missing_and_what_nobody_pinned_are_faults(layer: Path) -> None:
    wheel(layer, "left_pad", "1.0", "py3-none-any")
    assert build.faults(layer, PINS | {"idna": "3.20"}) == [
        "idna: pinned 3.20, got nothing",
        "left-pad: pinned nothing, got 1.0",
    ]


def test_a_placeholder_without_compiled_parts_is_a_fault(layer: Path) -> None:
    (layer / "psycopg_binary-3.3.9.dist-info" / "WHEEL").write_text("Tag: py3-none-any\n")
    assert build.faults(layer, PINS) == ["psycopg-binary: a placeholder without compiled parts"]


def test_a_compiled_wheel_without_its_library_is_a_fault(layer: Path) -> None:
    (layer / "psycopg_binary-3.3.9.dist-info" / "RECORD").write_text("psycopg_binary/__init__.py,,\n")
    assert build.faults(layer, PINS) == ["psycopg-binary: carries no compiled library"]


def test_a_wheel_for_this_machine_instead_of_lambdas_is_a_fault(layer: Path) -> None:
    (layer / "psycopg_binary-3.3.9.dist-info" / "WHEEL").write_text("Tag: cp313-cp313-manylinux_2_28_x86_64\n")
    assert build.faults(layer, PINS) == ["psycopg-binary: made for cp313-cp313-manylinux_2_28_x86_64"]


def test_a_library_for_another_processor_is_a_fault(layer: Path) -> None:
    library(layer / "psycopg_binary.libs" / "libpq.so.5", X86_64)
    assert build.faults(layer, PINS) == ["psycopg_binary.libs/libpq.so.5: not an aarch64 library"]


def test_a_library_for_another_python_is_a_fault(layer: Path) -> None:
    library(layer / "one.cpython-311-aarch64-linux-gnu.so")
    assert build.faults(layer, PINS) == ["one.cpython-311-aarch64-linux-gnu.so: not for Python 3.13"]


def test_a_layer_without_sambung_is_a_fault(layer: Path) -> None:
    (layer / "sambung" / "domain").rmdir()
    assert build.faults(layer, PINS) == ["sambung: missing"]


def test_a_layer_over_lambdas_size_is_a_fault(layer: Path) -> None:
    with (layer / "large.bin").open("wb") as sparse:
        sparse.truncate(build.MAX_BYTES + 1)
    (problem,) = build.faults(layer, PINS)
    assert problem.endswith(f"{build.MAX_BYTES} allowed")


def test_the_layers_pins_are_the_ones_tested_here() -> None:
    tested = build.pinned((stack.ROOT / "requirements-dev.txt").read_text())
    layers = build.pinned(build.REQUIREMENTS.read_text())
    assert {name: tested.get(name) for name in layers} == layers


def test_the_layer_pins_what_the_product_imports_and_leaves_out_what_lambda_has() -> None:
    layers = build.pinned(build.REQUIREMENTS.read_text())
    wanted = {"aws-lambda-powertools", "cryptography", "httpx", "psycopg", "psycopg-binary", "pydantic", "stamina"}
    assert layers.keys() >= wanted
    assert not layers.keys() & {"boto3", "botocore", "moto"}


@pytest.mark.parametrize("name", ["layers/common/requirements.txt", "requirements-sam.txt"])
def test_every_pin_carries_hashes_and_no_address(name: str) -> None:
    text = (stack.ROOT / name).read_text()
    pins = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in text


def test_sam_calls_the_builder_with_the_folder_it_packs(tmp_path: Path) -> None:
    makefile = build.COMMON / "Makefile"
    command = ["make", "--dry-run", "--file", str(makefile), "build-CommonLayer", f"ARTIFACTS_DIR={tmp_path}"]
    done = subprocess.run(command, cwd=build.COMMON, capture_output=True, text=True, timeout=30, check=True)
    assert f'python3 ../build.py "{tmp_path}"' in done.stdout


def test_the_package_imports_from_the_folder_the_layer_is_built_from() -> None:
    code = "import sambung.domain; print(sambung.domain.__path__[0])"
    environment = {**os.environ, "PYTHONPATH": str(build.COMMON)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=environment)
    assert Path(done.stdout.strip()) == build.COMMON / "sambung" / "domain"
