"""Reads a webhook's body so that nothing in it can surprise PostgreSQL or whoever reads it next."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

DEPTH_LIMIT: Final = 32
# Twenty digits hold every 64-bit number a gateway can mean.
_DIGITS_LIMIT: Final = 20
_UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")
# Without one of these escapes no string of a body in strict UTF-8 can hold what _UNKEEPABLE looks for.
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class UnreadableBody(ValueError):
    """A body that can never be read; the message says why and holds nothing of it."""


def loads(body: bytes) -> Mapping[str, object]:
    """The JSON object in the body, or UnreadableBody: not UTF-8, no JSON, no object, a number that JSON or a column
    cannot hold, a key twice, NUL or half a character in a text, more than 32 levels."""
    try:
        found = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except UnreadableBody:
        raise
    except UnicodeDecodeError:
        raise UnreadableBody("is not UTF-8") from None
    except (ValueError, RecursionError):
        raise UnreadableBody("is not JSON") from None
    if not isinstance(found, dict):
        raise UnreadableBody("is not a JSON object")
    _check(found, texts=_SUSPECT.search(body) is not None)
    return found


def checked(found: Mapping[str, object]) -> Mapping[str, object]:
    """An object that was parsed elsewhere, held to the same rules as far as they still show."""
    _check(found, texts=True)
    return found


def _check(found: object, *, texts: bool) -> None:
    level: list[object] = [found]
    for _ in range(DEPTH_LIMIT):
        below = [item for container in level for item in _inside(container)]
        if texts and any(isinstance(item, str) and _UNKEEPABLE.search(item) for item in below):
            raise UnreadableBody("has a NUL or half a character in a text")
        if any(isinstance(item, float) and not math.isfinite(item) for item in below):
            raise UnreadableBody("has a number no column can hold")
        level = [item for item in below if isinstance(item, dict | list)]
        if not level:
            return
    raise UnreadableBody(f"is nested deeper than {DEPTH_LIMIT}")


def _inside(container: object) -> Iterable[object]:
    if isinstance(container, Mapping):
        return (*container.keys(), *container.values())
    return container if isinstance(container, list) else ()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise UnreadableBody("has a key twice")
    return made


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS_LIMIT:
        raise UnreadableBody("has a number no column can hold")
    return int(digits)


def _decimal(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise UnreadableBody("has a number no column can hold")
    return found


def _constant(name: str) -> NoReturn:
    raise UnreadableBody(f"has {name}, which JSON does not know")
