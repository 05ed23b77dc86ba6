"""Each next step that the catalogue names is one the page can take, and one the wizard has a sentence for."""

import json
import re

import pytest

from frontend import build
from sambung.domain.errors import Action

PROBLEM_ACTION = (build.HERE / "src" / "components" / "problem-action.js").read_text()


def test_every_action_of_the_catalogue_has_its_way_on_the_page() -> None:
    table = PROBLEM_ACTION.split("const WAYS = {")[1].split("\n};")[0]
    assert set(re.findall(r"^  (\w+):", table, re.MULTILINE)) == {action.value for action in Action}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_wizard_says_of_every_action_what_it_is_for(language: str) -> None:
    words = json.loads((build.HERE / "i18n" / f"{language}.json").read_text())
    assert {f"wizard.then.{action.value}" for action in Action} <= words.keys()
