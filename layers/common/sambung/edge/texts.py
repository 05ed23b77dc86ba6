"""The words for every failure in the reader's language; the catalogue has the codes, texts/ has the sentences."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from sambung.domain.errors import Code

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_TEXTS = Path(__file__).resolve().parent.parent / "texts"
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_RANGE = re.compile(r"\s*([a-zA-Z*]{1,8})(?:-[a-zA-Z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_LONGEST_HEADER = 1_000


def title_and_detail(code: Code, params: Mapping[str, str], language: str) -> tuple[str, str]:
    """Title and detail of `code`; a `cause` in `params` chooses its own text where there is one, and the `kind` of
    gateway its own of those. An `action` is told by its name for people.

    What stands in [brackets] is left out unless every {placeholder} in it has a value. Another language than
    `id` or `en` reads `id`.
    """
    language = language if language in LANGUAGES else LANGUAGES[0]
    texts, special = _texts(language), f"{code.value}.{params.get('cause', '')}"
    text = texts.get(f"{special}.{params.get('kind', '')}") or texts.get(special) or texts[code.value]
    if "action" in params:
        params = {**params, "action": action_name(params["action"], language)}
    return _filled(text["title"], params), _filled(text["detail"], params)


def action_name(action: str, language: str) -> str:
    """What people call an action of the journal; one of another version is told by its own name."""
    named = _texts(f"actions.{language}").get(action.replace("-", "_"))
    return named["text"] if named else action


def wizard_text(word: str, language: str) -> tuple[str, str]:
    """Title and detail of what a step of the reconnect wizard says."""
    text = _texts(f"wizard.{language if language in LANGUAGES else LANGUAGES[0]}")[word]
    return text["title"], text["detail"]


def alert_text(rule: str, part: str, params: Mapping[str, str], language: str) -> str:
    """The `title` or `detail` of an alert; a rule of another version is told by its name."""
    text = _texts(f"alerts.{language if language in LANGUAGES else LANGUAGES[0]}").get(rule)
    return rule if text is None else _put(text[part], params)


def letter_text(word: str, language: str, **params: str) -> str:
    """A phrase of the messages that tell of alerts."""
    return _put(_texts(f"letters.{language if language in LANGUAGES else LANGUAGES[0]}")[word]["text"], params)


def choose_language(accept_language: str | None) -> Language:
    """The best of our languages for an Accept-Language header; `id` for none, for others and for garbage."""
    wishes: dict[str, float] = {}
    for part in (accept_language or "")[:_LONGEST_HEADER].split(","):
        found = _RANGE.fullmatch(part)
        if found:
            wishes.setdefault(found[1].lower(), min(float(found[2] or 1), 1.0))
    listed = [language for language in wishes if language in LANGUAGES]
    ours = sorted(LANGUAGES, key=lambda language: listed.index(language) if language in listed else len(listed))
    best = max(ours, key=lambda language: wishes.get(language, wishes.get("*", 0.0)))
    return best if wishes.get(best, wishes.get("*", 0.0)) > 0 else LANGUAGES[0]


@cache
def _texts(name: str) -> Mapping[str, Mapping[str, str]]:
    texts: Mapping[str, Mapping[str, str]] = json.loads((_TEXTS / f"{name}.json").read_text(encoding="utf-8"))
    return texts


def _put(text: str, params: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: params.get(found[1], ""), text)


def _filled(text: str, params: Mapping[str, str]) -> str:
    return _OPTIONAL.sub(lambda found: _segment(found[1], params), text)


def _segment(text: str, params: Mapping[str, str]) -> str:
    if not all(params.get(name) for name in _PLACEHOLDER.findall(text)):
        return ""
    return _PLACEHOLDER.sub(lambda found: params[found[1]], text)
