"""What may be sent, what proves a number connected, and what a failure means: decided without asking anybody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain import sending
from sambung.domain.errors import CATALOGUE, Action, Code, GatewayFailed, RequestError
from sambung.domain.instance import Desired, Status
from sambung.domain.sending import PROVEN_FOR, TEXT_LIMIT, Message, Standing

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
WELL = Standing(Status.CONNECTED, Desired.ONLINE, proven_at=NOW)
OPERATION = UUID("11111111-2222-4333-8444-555555555555")


@pytest.mark.parametrize(
    ("to", "digits"),
    [
        ("081234567890", "6281234567890"),
        ("+62 812-3456-7890", "6281234567890"),
        ("62 0812 3456 7890", "6281234567890"),
        ("0062812 34567890", "6281234567890"),
        ("(0812) 3456.7890", "6281234567890"),
        ("+1 650 555 0100", "16505550100"),
    ],
)
def test_a_recipient_is_cleaned_to_digits_with_the_country_code(to: str, digits: str) -> None:
    assert sending.message(to, "halo").to == digits


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_asked_is_a_clean_message_or_names_the_field(to: str, text: str) -> None:
    made = _made(to, text)
    if isinstance(made, RequestError):
        assert made.code is Code.INVALID_REQUEST
        assert [one.field for one in made.errors] in (["to"], ["text"])
    else:
        assert made.to.isascii() and made.to.isdigit()
        assert made.text == text and text.strip()


def _made(to: str, text: str) -> Message | RequestError:
    try:
        return sending.message(to, text)
    except RequestError as error:
        return error


@pytest.mark.parametrize("text", ["", " \n\t", "a\0b", "x" * (TEXT_LIMIT + 1)])
def test_a_text_that_nobody_could_read_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as refused:
        sending.message("081234567890", text)
    assert [one.field for one in refused.value.errors] == ["text"]


def test_a_message_shows_neither_recipient_nor_text_where_it_is_printed() -> None:
    assert repr(sending.message("081234567890", "rahasia")) == "Message()"


@pytest.mark.parametrize(
    ("standing", "code", "action"),
    [
        (replace(WELL, conflict_on="VPS 1, VPS 2"), Code.CONFLICT_TWO_SERVERS, Action.VIEW_DIAGNOSIS),
        (replace(WELL, conflict_on=""), Code.CONFLICT_TWO_SERVERS, Action.VIEW_DIAGNOSIS),
        (replace(WELL, error=Code.NUMBER_CHANGED), Code.NUMBER_CHANGED, Action.CONTACT_OWNER),
        (replace(WELL, desired=Desired.PARKED), Code.NOT_CONNECTED, Action.NONE),
        (replace(WELL, excluded_by={"action": "logout"}), Code.INSTANCE_BUSY, Action.WAIT),
    ],
)
def test_what_must_not_send_is_refused_with_its_next_step(standing: Standing, code: Code, action: Action) -> None:
    refused = sending.refusal(standing)
    assert refused is not None
    assert (refused.code, refused.action) == (code, action)


def test_any_other_number_may_try_whatever_its_registered_status() -> None:
    assert [sending.refusal(replace(WELL, status=status)) for status in Status] == [None] * len(Status)


@pytest.mark.parametrize(
    ("standing", "proven"),
    [
        (WELL, True),
        (replace(WELL, proven_at=NOW - PROVEN_FOR), True),
        (replace(WELL, proven_at=NOW - PROVEN_FOR - timedelta(milliseconds=1)), False),
        (replace(WELL, proven_at=NOW + PROVEN_FOR + timedelta(milliseconds=1)), False),
        (replace(WELL, proven_at=None), False),
        (replace(WELL, needs_check=True), False),
        (replace(WELL, may_be_another=True), False),
        *((replace(WELL, status=status), False) for status in Status if status is not Status.CONNECTED),
    ],
)
def test_only_a_sight_without_doubt_and_of_a_moment_ago_spares_the_read(standing: Standing, *, proven: bool) -> None:
    assert sending.is_proven(standing, NOW) is proven


@pytest.mark.parametrize(
    ("standing", "cause", "action"),
    [
        (replace(WELL, error=Code.ACCOUNT_BANNED), "account_banned", Action.CONTACT_OWNER),
        (replace(WELL, error=Code.LOGGED_OUT_BY_PHONE), "logged_out_by_phone", Action.CONNECT),
        (replace(WELL, status=Status.CONNECTING, waits_for_scan=True), "waits_for_scan", Action.CONNECT),
        (replace(WELL, status=Status.CONNECTING), "connecting", Action.WAIT),
        (replace(WELL, status=Status.DISCONNECTED), None, Action.CONNECT),
    ],
)
def test_a_number_that_is_not_connected_says_why_and_what_helps(
    standing: Standing, cause: str | None, action: Action
) -> None:
    said = sending.not_connected(standing)
    assert (said.code, said.params.get("cause"), said.action) == (Code.NOT_CONNECTED, cause, action)


@given(st.sampled_from(Code), st.booleans())
def test_what_may_have_left_is_never_looked_for_elsewhere(code: Code, maybe_done: bool) -> None:
    error = GatewayFailed(code, transient=False, maybe_done=maybe_done)
    assert not (sending.is_wrong_place(error) and maybe_done)


@given(st.sampled_from(Code))
def test_what_may_have_left_says_so_and_invites_nobody_to_repeat_it(code: Code) -> None:
    told = sending.maybe_sent(code, OPERATION)
    assert (told.maybe_done, told.transient, told.action) == (True, False, Action.VIEW_DIAGNOSIS)
    assert (told.params["cause"], told.params["operation_id"]) == ("maybe_sent", str(OPERATION))


def test_a_refused_recipient_casts_no_doubt_on_the_number() -> None:
    assert not sending.makes_doubtful(Code.NUMBER_NOT_ON_WHATSAPP)
    assert {code for code in CATALOGUE if sending.makes_doubtful(code)} >= {Code.NOT_CONNECTED, Code.SERVER_TIMEOUT}
