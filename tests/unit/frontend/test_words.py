"""Every text a person reads is in both languages, complete, and used."""

import json
import re
from pathlib import Path

import pytest

from frontend import build
from sambung.edge.texts import action_name

LANGUAGES = ("id", "en")
SOURCES = "\n".join(path.read_text() for path in sorted((build.HERE / "src").rglob("*.js")))
QUOTED = set(re.findall(r'"([a-z][a-z-]*\.[a-z][\w.-]*)"', SOURCES))
# A family is asked for by its last part: t(`status.${label}`).
FAMILIES = tuple(re.findall(r"`([a-z][a-z-]*\.(?:[\w-]+\.)*)\$\{", SOURCES))


def _words(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((build.HERE / "i18n" / f"{language}.json").read_text())
    return words


def _catalogue(language: str) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = json.loads((build.CATALOGUE / f"{language}.json").read_text())
    return texts


def _holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_say_the_same_things() -> None:
    assert _words("id").keys() == _words("en").keys()


def test_both_languages_leave_the_same_holes_to_fill() -> None:
    indonesian, english = _words("id"), _words("en")
    assert [_holes(indonesian[key]) for key in indonesian] == [_holes(english[key]) for key in indonesian]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_the_file_is_in_order(language: str) -> None:
    words = _words(language)
    assert all(text.strip() for text in words.values())
    assert list(words) == sorted(words)


def test_every_key_the_page_asks_for_exists() -> None:
    beginnings = {key.split(".")[0] for key in _words("id")}
    asked = {text for text in QUOTED if text.split(".")[0] in beginnings}
    assert asked
    assert asked <= _words("id").keys()


def test_every_key_is_asked_for() -> None:
    unused = {key for key in _words("id") if key not in QUOTED and not key.startswith(FAMILIES)}
    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_of_the_view_has_its_word(language: str) -> None:
    labels = ["connected", "connecting", "waiting_qr", "reconnecting", "disconnected", "error", "stale", "parked"]
    assert {f"status.{label}" for label in labels} <= _words(language).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_action_is_called_the_same_on_the_page_and_in_the_sentences_of_the_api(language: str) -> None:
    named = {key.removeprefix("log.action."): text for key, text in _words(language).items() if "log.action." in key}
    assert {action: action_name(action, language) for action in named} == named
    assert action_name("set-webhook", language) == named["set_webhook"]
    assert action_name("of-tomorrow", language) == "of-tomorrow"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_codes_the_page_names_itself_are_in_the_catalogue(language: str) -> None:
    named = {"internal", "number_changed", "stuck_connecting", "action_not_confirmed", "unauthorized", "forbidden",
             "not_found", "body_too_large", "overloaded", "qr_expired", "qr_limit_reached"}  # fmt: skip
    assert named <= _catalogue(language).keys()


def test_the_words_agreed_with_the_operators_are_kept() -> None:
    words = _words("id")
    assert words["status.waiting_qr"] == "Menunggu scan QR"
    assert words["status.reconnecting"] == "Menyambung ulang..."
    assert words["qr.finished"] == "Auto-refresh selesai"
    assert words["instance.delete.impact"] == "Nomor berhenti menerima pesan dan harus scan QR lagi."
    assert words["action.list"] == "Lihat Instance di Server"


def test_no_text_of_a_browser_is_among_them() -> None:
    everything = " ".join(str(text) for language in LANGUAGES for text in _words(language).values())
    assert "Failed to fetch" not in everything + Path(build.HERE / "src" / "core" / "problem.js").read_text()
