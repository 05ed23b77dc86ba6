"""A fresh machine that lacks something hears in one line what to do."""

import json
import sys
from pathlib import Path

import pytest

from local import bootstrap

PINS = "nothing==1 --hash=sha256:0\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "installed.json")
    (tmp_path / "requirements.txt").write_text(PINS)
    (tmp_path / "requirements-node.txt").write_text(PINS)
    return tmp_path


@pytest.fixture
def commands(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run; creating the environment makes its folder."""
    seen: list[list[str]] = []

    def note(command: list[str], _: str) -> None:
        seen.append(command)
        (root / ".venv").mkdir(exist_ok=True)

    monkeypatch.setattr(bootstrap, "run", note)
    return seen


def programs(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if name in names else None)


def test_a_missing_venv_module_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs(monkeypatch)
    monkeypatch.setattr(bootstrap, "find_spec", lambda _: None)
    assert bootstrap.main([]) == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert capsys.readouterr().err == (
        f"sambung: Python's venv is missing: run `apt-get install python{version}-venv`, then make again.\n"
    )
    assert not (root / ".venv").exists()


def test_a_folder_that_cannot_be_written_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert bootstrap.main([]) == 1
    assert capsys.readouterr().err == (
        f"sambung: cannot write in {root}: copy it to a folder you own, and run make there.\n"
    )


def test_a_step_that_fails_leaves_one_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(bootstrap.BootstrapError, match=r"^it broke: the reason$"):
        bootstrap.run([sys.executable, "-c", "import sys; sys.exit('noise\\nthe reason')"], "it broke")
    assert capsys.readouterr().err == ""


def test_an_environment_that_could_not_be_made_is_removed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(monkeypatch, "uv")

    def fail(command: list[str], complaint: str) -> None:
        Path(command[-1]).mkdir()
        raise bootstrap.BootstrapError(complaint)

    monkeypatch.setattr(bootstrap, "run", fail)
    with pytest.raises(bootstrap.BootstrapError):
        bootstrap.create_environment()
    assert not (root / ".venv").exists()


def test_packages_are_installed_with_hashes_and_only_when_the_pins_changed(
    root: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(monkeypatch)
    (root / ".venv").mkdir()
    bootstrap.install([root / "requirements.txt"])
    bootstrap.install([root / "requirements.txt"])
    assert len(commands) == 1
    assert "--require-hashes" in commands[0]
    (root / "requirements.txt").write_text(PINS + "more==1\n")
    bootstrap.install([root / "requirements.txt"])
    assert len(commands) == 2
    assert list(json.loads((root / ".venv" / "installed.json").read_text())) == ["requirements.txt"]


def test_node_comes_from_a_package_where_there_is_none(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(monkeypatch, "uv")
    assert bootstrap.main([]) == 0
    assert [command[1] for command in commands] == ["venv", "pip"]
    assert commands[1][-1].endswith("requirements-node.txt")
