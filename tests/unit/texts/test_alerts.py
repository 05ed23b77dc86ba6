"""Every alert and every phrase of a message has words in both languages, and uses only the values its rule gives."""

import json
import re

import pytest

from sambung.domain.alerts import ENTRIES, Rule
from sambung.edge import texts
from tests.unit.domain.test_alerts import BOUNDARIES, fired
from tests.unit.texts.test_texts import FOLDER, PLACEHOLDER


def read(name: str, language: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((FOLDER / f"{name}.{language}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_rule_has_title_and_detail(language: str) -> None:
    found = read("alerts", language)
    assert list(found) and set(found) == {rule.value for rule in Rule}
    assert {frozenset(text) for text in found.values()} == {frozenset({"title", "detail"})}


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_an_alerts_words_use_only_what_its_rule_tells(language: str) -> None:
    found = read("alerts", language)
    for rule, _, beyond in BOUNDARIES:
        (condition,) = fired(beyond)
        used = {name for text in found[rule.value].values() for name in PLACEHOLDER.findall(text)}
        assert used <= set(condition.params), rule


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_side_and_action_of_an_alert_has_its_phrase(language: str) -> None:
    found = read("letters", language)
    assert {f"side.{entry.side.value}" for entry in ENTRIES.values()} <= set(found)
    assert {f"action.{entry.action.value}" for entry in ENTRIES.values()} <= set(found)
    assert {entry.severity.value for entry in ENTRIES.values()} <= set(found)


@pytest.mark.parametrize("name", ["alerts", "letters"])
def test_both_languages_say_the_same_with_the_same_values(name: str) -> None:
    one, other = ({(key, part): sorted(PLACEHOLDER.findall(text)) for key, entry in read(name, language).items()
                   for part, text in entry.items()} for language in texts.LANGUAGES)  # fmt: skip
    assert one == other


@pytest.mark.parametrize("language", [*texts.LANGUAGES, "fr"])
def test_no_placeholder_is_ever_shown(language: str) -> None:
    for rule in Rule:
        for part in ("title", "detail"):
            assert not re.search(r"[{}]", texts.alert_text(rule.value, part, {}, language))


def test_a_rule_of_another_version_is_told_by_its_name() -> None:
    assert texts.alert_text("moon_phase", "title", {}, "id") == "moon_phase"
