"""The few JSON Schema rules the servers check, with the words their validator uses for a breach."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simulator.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True)
class Rule:
    """A schema; `words` replace the validator's own text, as a `description` does."""

    type: str | None = None
    required: tuple[str, ...] = ()
    properties: Mapping[str, Rule] = field(default_factory=dict)
    items: Rule | None = None
    choices: tuple[Any, ...] = ()
    pattern: str | None = None
    min_length: int = 0
    words: str | None = None


def check(rule: Rule, body: object) -> None:
    """Hold a request body to a rule.

    Raises:
        Refusal: 400 with every breach, `message` being a list in a list.
    """
    breaches = list(_breaches(rule, body, ""))
    if breaches:
        raise Refusal(400, [breaches])


def _breaches(rule: Rule, value: object, where: str) -> Iterator[str]:
    for breach in _own(rule, value):
        yield rule.words or f"{where or 'instance'} {breach}"
    if isinstance(value, dict):
        for key, inner in rule.properties.items():
            if key in value:
                yield from _breaches(inner, value[key], f"{where}.{key}" if where else key)
    if isinstance(value, list) and rule.items is not None:
        for index, item in enumerate(value):
            yield from _breaches(rule.items, item, f"{where}[{index}]")


def _own(rule: Rule, value: object) -> Iterator[str]:
    if rule.type is not None and not _is(value, rule.type):
        yield f"is not of a type(s) {rule.type}"
    if rule.choices and not any(value is choice or value == choice for choice in rule.choices):
        yield f"is not one of enum values: {','.join(_written(choice) for choice in rule.choices)}"
    if isinstance(value, dict):
        yield from (f'requires property "{key}"' for key in rule.required if key not in value)
    if isinstance(value, str):
        if rule.pattern is not None and not re.search(rule.pattern, value):
            yield f"does not match pattern {json.dumps(rule.pattern)}"
        if len(value) < rule.min_length:
            yield f"does not meet minimum length of {rule.min_length}"


def _is(value: object, name: str) -> bool:
    if name == "integer" and isinstance(value, bool):
        return False
    return isinstance(value, _TYPES[name])


def _written(choice: object) -> str:
    return choice if isinstance(choice, str) else json.dumps(choice)
