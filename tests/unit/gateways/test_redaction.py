"""A gateway's words keep what explains a failure and lose what must not be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.gateways.redaction import LENGTH, evidence
from sambung.gateways.reply import messages, read


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ('The "toko-1" instance does not exist', 'The "toko-1" instance does not exist'),
        ("Cannot POST /instance/restart/k1", "Cannot POST /instance/restart/k1"),
        ("5511888880000@s.whatsapp.net not found", "[number] not found"),
        ("call +62 812-3456-7890 now", "call [number] now"),
        ('{"apikey":"abc"}', "{[secret]}"),
        ('{"token": "short"}', "{[secret]}"),
        ("Authorization: Bearer abc.def", "[secret]"),
        ("key D7CFB27E-3B7E-491A-B1B9-6EF590EE5FA0", "key [id]"),
        ("key 9f86d081884c7d659a2feaa0c55ad015", "key [secret]"),
        ("scan 2@labZVOzCVH9RCtAMQE8jXYUu045f==,x", "scan [qr]"),
        ("data:image/png;base64,iVBORw0KGgo= end", "[image] end"),
        ("connect ECONNREFUSED http://u:p@h/x?t=1 failed", "connect ECONNREFUSED [url] failed"),
        ("one\n\ttwo\x00three", "one two three"),
        ("APPLICATION_STARTUP,GROUP_PARTICIPANTS_UPDATE", "APPLICATION_STARTUP,GROUP_PARTICIPANTS_UPDATE"),
    ],
)
def test_what_is_kept(said: str, kept: str) -> None:
    assert evidence(said) == kept


@given(st.text(max_size=300), st.text(alphabet="abcdefghijklmnop-_", min_size=4, max_size=40), st.text(max_size=300))
def test_a_known_secret_never_survives(before: str, secret: str, after: str) -> None:
    assert secret not in evidence(before + secret + after, [secret]).replace("[secret]", "")


@given(st.text(max_size=5000))
def test_evidence_is_one_short_storable_line(said: str) -> None:
    line = evidence(said)
    assert len(line) <= LENGTH
    line.encode()
    assert "\n" not in line
    assert "\x00" not in line


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"response": {"message": "x"}, "error": "Bad Request"}', ["x"]),
        ('{"response": {"message": ["x", "y"]}}', ["x", "y"]),
        ('{"response": {"message": [["x"], ["y"]]}}', ["x", "y"]),
        ('{"response": {"message": [{"exists": false}]}}', []),
        ('{"message": "x"}', ["x"]),
        ('{"error": "LICENSE_REQUIRED"}', ["LICENSE_REQUIRED"]),
        ('{"error": true}', []),
        ('{"message": {"a": 1}}', []),
        ("[]", []),
        ("not json", []),
    ],
)
def test_messages_are_found_in_every_form(body: str, said: list[str]) -> None:
    assert list(messages(read(400, body.encode(), {}).body)) == said


def test_json_without_a_message_shows_its_outline_only() -> None:
    reply = read(200, b'{"hash": "canary", "instance": {"token": "canary"}}', {})
    assert reply.evidence == "JSON dict hash, instance"


def test_a_bottomless_answer_is_no_json() -> None:
    assert not read(200, b"[" * 500_000, {}).is_json


@pytest.mark.parametrize(("given_", "seconds"), [("7", 7.0), ("0", 0.0), (None, None), ("soon", None), ("-1", None)])
def test_retry_after_is_taken_in_seconds_only(given_: str | None, seconds: float | None) -> None:
    assert read(429, b"", {"retry-after": given_} if given_ else {}).retry_after_s == seconds
