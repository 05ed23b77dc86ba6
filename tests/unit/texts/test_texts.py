from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.errors import Code
from sambung.edge import texts
from sambung.edge.texts import choose_language, title_and_detail

PLACEHOLDER = re.compile(r"\{(\w+)\}")
FOLDER = Path(texts.__file__).parent.parent / "texts"
SENTENCES: dict[str, dict[str, dict[str, str]]] = {
    language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")) for language in texts.LANGUAGES
}


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_every_code_has_title_detail_and_button(code: Code, language: str) -> None:
    entry = SENTENCES[language][code.value]
    assert set(entry) == {"title", "detail", "button"}
    assert all(value.strip() == value and value for value in entry.values())


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_text_belongs_to_a_code(language: str) -> None:
    assert {key.partition(".")[0] for key in SENTENCES[language]} == {code.value for code in Code}


def test_both_languages_have_the_same_texts_with_the_same_placeholders() -> None:
    found = [
        {
            (key, part): sorted(PLACEHOLDER.findall(value))
            for key, entry in each.items()
            for part, value in entry.items()
        }
        for each in SENTENCES.values()
    ]
    assert found[0] == found[1]


def test_every_placeholder_stands_in_brackets_so_that_it_can_be_left_out() -> None:
    every = [value for each in SENTENCES.values() for entry in each.values() for value in entry.values()]
    assert not [value for value in every if PLACEHOLDER.search(re.sub(r"\[[^\[\]]*\]", "", value))]


def test_a_running_action_is_told_by_its_name_and_a_node_of_another_kind_by_its_own_words() -> None:
    assert "Pasang webhook" in title_and_detail(Code.INSTANCE_BUSY, {"action": "set-webhook"}, "id")[1]
    node = {"cause": "refused", "kind": "webjs"}
    assert "Evolution" not in " ".join(title_and_detail(Code.SERVER_UNREACHABLE, node, "en"))
    assert "Evolution" in " ".join(title_and_detail(Code.SERVER_UNREACHABLE, {**node, "kind": "evolution"}, "en"))


@given(
    st.sampled_from(Code),
    st.sampled_from(["id", "en", "fr"]),
    st.dictionaries(
        st.sampled_from(["cause", "minutes", "host", "url", "number", "expected", "instance", "reason"]),
        st.text(st.characters(exclude_characters="{}[]"), max_size=9),
    ),
)
def test_no_brace_or_bracket_is_ever_shown(code: Code, language: str, params: dict[str, str]) -> None:
    for text in title_and_detail(code, params, language):
        assert text
        assert not set("{}[]") & set(text)


def test_values_are_put_in_literally() -> None:
    _, detail = title_and_detail(Code.NUMBER_CHANGED, {"expected": "{number}", "number": r"\1"}, "id")
    assert detail == r"QR dipindai dengan HP lain: seharusnya {number}, sekarang \1."


@pytest.mark.parametrize(
    ("cause", "part"),
    [
        ("refused", "VPS hidup, Evolution mati: jalankan `docker ps`, lalu `docker compose up -d`"),
        ("timeout", "VPS mati atau firewall"),
        ("tls", "Sertifikat kedaluwarsa"),
        ("webhooks_arrive", "Evolution masih mengirim webhook, tetapi URL atau firewall kami salah"),
        ("dns", "Nama domain server tidak ditemukan"),
        ("something new", "tidak mendapat jawaban"),
        ("", "tidak mendapat jawaban"),
    ],
)
def test_an_unreachable_server_names_its_cause(cause: str, part: str) -> None:
    title, detail = title_and_detail(Code.SERVER_UNREACHABLE, {"cause": cause}, "id")
    assert title == "Server Evolution tidak bisa diakses"
    assert part in detail


def test_minutes_without_a_code_are_named_when_known() -> None:
    known, _ = title_and_detail(Code.STUCK_CONNECTING, {"minutes": "7"}, "id")
    unknown, _ = title_and_detail(Code.STUCK_CONNECTING, {}, "id")
    assert known == "Instance terkunci di status connecting, sudah 7 menit tanpa QR"
    assert unknown == "Instance terkunci di status connecting"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "id"),
        ("", "id"),
        ("id", "id"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("en-US,en;q=0.9,id;q=0.8", "en"),
        ("id;q=0.5, en;q=0.7", "en"),
        ("en;q=0.5, id", "id"),
        ("en;q=0", "id"),
        ("id;q=0, *;q=0.5", "en"),
        ("*", "id"),
        ("fr-FR, de;q=0.9", "id"),
        ("fr, en;q=0.1", "en"),
        ("id, en", "id"),
        ("en, id", "en"),
        ("en;q=0, id;q=0", "id"),
        ("en;q=banana", "id"),
        (";;;,,,=q", "id"),
    ],
)
def test_the_language_is_the_best_wish_we_can_fulfil(header: str | None, language: str) -> None:
    assert choose_language(header) == language


@given(st.text() | st.none())
def test_any_header_chooses_a_language(header: str | None) -> None:
    assert choose_language(header) in texts.LANGUAGES
