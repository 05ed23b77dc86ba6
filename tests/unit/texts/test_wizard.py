"""The reconnect wizard has its words in both languages, and no others."""

from __future__ import annotations

import json

import pytest

from sambung.domain.reconnect import Word
from sambung.edge import texts
from tests.unit.texts.test_texts import FOLDER


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_word_of_the_wizard_has_a_title_and_a_detail(language: str) -> None:
    found = json.loads((FOLDER / f"wizard.{language}.json").read_text(encoding="utf-8"))
    assert found.keys() == {word.value for word in Word}
    assert all(set(entry) == {"title", "detail"} and all(entry.values()) for entry in found.values())
    assert [texts.wizard_text(word, language)[0] for word in Word] == [found[word.value]["title"] for word in Word]
