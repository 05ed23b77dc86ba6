from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.errors import Code, RequestError
from sambung.domain.names import instance_name, phone_number


@pytest.mark.parametrize("name", ["a", "7", "toko-1", "Toko_Budi", "a" * 63])
def test_names_we_may_create(name: str) -> None:
    assert instance_name(name) == name


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "_a", "a" * 64, "toko/1", "tokó", "a\n", "a.b", "\uff11"])
def test_other_names_are_refused_with_the_rule(name: str) -> None:
    with pytest.raises(RequestError) as refused:
        instance_name(name)
    assert refused.value.code is Code.INSTANCE_NAME_INVALID
    assert [error.field for error in refused.value.errors] == ["instance_name"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("081234567890", "6281234567890"),
        ("0812-3456-7890", "6281234567890"),
        ("+62 812 3456 7890", "6281234567890"),
        ("0062 81234567890", "6281234567890"),
        ("62 (0)812 3456 7890", "6281234567890"),
        ("6281234567890", "6281234567890"),
        ("+1 (415) 555-2671", "14155552671"),
        ("5511999990001", "5511999990001"),
    ],
)
def test_numbers_become_digits_with_the_country_code(written: str, number: str) -> None:
    assert phone_number(written) == number


@pytest.mark.parametrize("written", ["", "0", "08", "abc", "0812x345678", "+", "1234567", "1" * 16, "٠٨١٢٣٤٥٦٧٨٩"])
def test_what_is_no_number_is_refused_by_its_field_and_not_repeated(written: str) -> None:
    with pytest.raises(RequestError) as refused:
        phone_number(written, "to")
    assert refused.value.code is Code.INVALID_REQUEST
    assert [error.field for error in refused.value.errors] == ["to"]


@given(st.text(alphabet="0123456789+-() abc٣", max_size=20))
def test_a_cleaned_number_is_digits_and_stays_as_it_is(written: str) -> None:
    try:
        number = phone_number(written)
    except RequestError:
        return
    assert re.fullmatch("[1-9][0-9]{7,14}", number)
    assert phone_number(number) == number
