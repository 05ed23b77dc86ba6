"""The layer is built from the package index for Lambda, on a machine that is not Lambda."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from layers import build

PIP = [sys.executable, "-m", "pip"]


def skip_unless_ci(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(params=["uv", "pip"])
def uv(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Give uv's path, or None where pip is to do it; skip when it is missing or the index does not answer."""
    found = shutil.which("uv") if request.param == "uv" else None
    if request.param == "uv" and found is None:
        pytest.skip("uv is not installed; pip builds the layer")
    if request.param == "pip" and subprocess.run([*PIP, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("this environment has no pip; uv builds the layer")
    command = [*([found, "pip"] if found else PIP), "install", "--dry-run", "--no-deps", "--target", str(tmp_path)]
    asked = subprocess.run([*command, "idna"], capture_output=True, text=True, timeout=60, check=False)
    if asked.returncode:
        skip_unless_ci(f"The package index does not answer: {asked.stderr.strip()[-300:]}")
    return found


@pytest.mark.timeout(600)
def test_the_layer_is_built_for_lambda_with_the_exact_versions_and_bytecode(uv: str | None, tmp_path: Path) -> None:
    layer = build.build(tmp_path / "layer", uv)
    assert build.faults(layer.folder, build.pinned(build.REQUIREMENTS.read_text())) == []
    assert not (layer.folder / "boto3").exists()
    # Without Lambda's own Python on this machine there is none, which the builder says.
    bytecode = {path.name.split(".")[1] for path in layer.folder.rglob("__pycache__/*.pyc")}
    assert bytecode == ({"cpython-313"} if layer.precompiled else set())
