"""What may name an instance and what is a phone number, decided before anything is sent to a gateway."""

import re

from sambung.domain.errors import Code, FieldError, RequestError
from sambung.domain.probe_instance import is_probe

_INSTANCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_SEPARATORS = re.compile(r"[\s().\-/]")
_PHONE = re.compile(r"[1-9][0-9]{7,14}")
_NAME_RULE = "start with a letter or digit, then up to 62 letters, digits, - or _"
_PHONE_RULE = "must be 8 to 15 digits with the country code, for example 6281234567890 or 081234567890"


def instance_name(text: str) -> str:
    """The name as given, if we may create it; else `instance_name_invalid`."""
    if _INSTANCE_NAME.fullmatch(text) and not is_probe(text):
        return text
    raise RequestError(Code.INSTANCE_NAME_INVALID, errors=[FieldError("instance_name", _NAME_RULE)])


def phone_number(text: str, field: str = "number") -> str:
    """Digits with the country code: `0812 345-678`, `+62 812..` and `62 0812..` become `62812..`.

    Raises `invalid_request` naming `field`; a number is not repeated in the error.
    """
    bare = _SEPARATORS.sub("", text)
    if bare.startswith(("+", "00")):
        digits = bare.removeprefix("+").removeprefix("00")
    else:
        digits = "62" + bare[1:] if bare.startswith("0") else bare
    digits = "62" + digits[3:] if digits.startswith("620") else digits
    if _PHONE.fullmatch(digits):
        return digits
    raise RequestError(Code.INVALID_REQUEST, errors=[FieldError(field, _PHONE_RULE)])
