"""Hides phone numbers from those who may look but not act: the diagnosis stays, the customer's number does not."""

import re
from collections.abc import Mapping

_NUMBER = re.compile(r"(?<!\w)\d{8,15}(?!\w)")
_SHOWN_FIRST, _SHOWN_LAST = 4, 3


def masked_number(number: str) -> str:
    """`6281234567890` as `6281******890`: enough to tell two numbers apart, not enough to call."""
    hidden = len(number) - _SHOWN_FIRST - _SHOWN_LAST
    return number[:_SHOWN_FIRST] + "*" * hidden + number[-_SHOWN_LAST:]


def masked(value: object) -> object:
    """The same JSON with every phone number in its texts masked; counts and ages are no texts."""
    if isinstance(value, str):
        return _NUMBER.sub(lambda found: masked_number(found[0]), value)
    if isinstance(value, Mapping):
        return {key: masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    return value
