"""JSON as PostgreSQL can keep it: no NaN, no duplicate keys, no NUL, no lone surrogates, no bottomless nesting."""

import json
from typing import NoReturn

DEPTH_LIMIT = 32
INTEGER_DIGITS_LIMIT = 18


class UnreadableJsonError(ValueError):
    """A body that is not JSON, or JSON that cannot be kept; the message says what is wrong with it."""


def loads(text: str | bytes) -> object:
    """Parse strict JSON; raises UnreadableJsonError."""
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        found = json.loads(decoded, parse_constant=_refuse, parse_int=_integer, object_pairs_hook=_object)
    except UnreadableJsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableJsonError("is not valid JSON") from error
    _check(found)
    return found


def _refuse(constant: str) -> NoReturn:
    raise UnreadableJsonError(f"has the number {constant}, which JSON does not know")


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > INTEGER_DIGITS_LIMIT:
        raise UnreadableJsonError(f"has an integer of more than {INTEGER_DIGITS_LIMIT} digits")
    return int(digits)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise UnreadableJsonError("has a duplicate key")
    return made


def _check(found: object) -> None:
    level = [found]
    for _ in range(DEPTH_LIMIT):
        following: list[object] = []
        for item in level:
            if isinstance(item, dict):
                following += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                following += item
            elif isinstance(item, str):
                _check_text(item)
            elif isinstance(item, float) and item in {float("inf"), float("-inf")}:
                raise UnreadableJsonError("has a number too large")
        if not following:
            return
        level = following
    raise UnreadableJsonError(f"is nested deeper than {DEPTH_LIMIT}")


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise UnreadableJsonError("has a NUL character")
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise UnreadableJsonError("has half a character (a lone surrogate)")
