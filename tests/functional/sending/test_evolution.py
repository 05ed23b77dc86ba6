"""A message leaves from the Evolution server that opens the session with our own key; a namesake is somebody else's."""

import pytest

from simulator.process import SimulatorProcess
from tests.functional.sending.conftest import Fleet, Owned, connect_there, sent

Servers = list[SimulatorProcess]


@pytest.mark.parametrize(("version", "at"), [("2.3.6", 0), ("1.8.2", 2)])
def test_a_message_is_sent_from_the_assigned_server_in_the_form_of_its_version(
    fleet: Fleet, evolutions: Servers, owned: Owned, version: str, at: int
) -> None:
    number = owned(f"toko-{version}".replace(".", ""), at, at)
    reply = fleet.send(number, "halo", to="+62 812-3456-7890")
    assert (reply.status, reply.json["server_id"]) == (201, str(fleet.ids[at])), reply.text
    assert [sent(one, number.name) for one in evolutions] == [
        ["halo"] if one is evolutions[at] else [] for one in evolutions
    ]


def test_a_moved_session_is_followed_by_our_own_key(fleet: Fleet, evolutions: Servers, owned: Owned) -> None:
    number = owned("pindah-1", 0, 1)
    reply = fleet.send(number)
    assert (reply.status, reply.json["server_id"], reply.json["moved"]) == (201, str(fleet.ids[1]), True), reply.text
    assert [sent(one, number.name) for one in evolutions] == [[], ["halo"], []]
    assert [event["found_by"] for event in fleet.sync_events(number)] == ["send"]


def test_a_namesake_with_another_key_is_never_sent_from(fleet: Fleet, evolutions: Servers, owned: Owned) -> None:
    number = owned("toko-3", 0, None)
    connect_there(evolutions[1], number.name, "somebody else's key")
    reply = fleet.send(number)
    assert (reply.status, reply.json["code"]) == (404, "session_not_found_anywhere"), reply.text
    assert [sent(one, number.name) for one in evolutions] == [[], [], []]


def test_a_closed_session_says_why_it_is_closed(fleet: Fleet, evolutions: Servers, owned: Owned) -> None:
    number = owned("toko-4", 0, 0, status="disconnected", error_code="logged_out_by_phone")
    evolutions[0].control(f"instances/{number.name}/drop", {"code": 401})
    reply = fleet.send(number)
    assert (reply.status, reply.json["code"], reply.json["action"]) == (409, "not_connected", "connect"), reply.text
    assert "removed on the phone" in reply.json["detail"]
    assert sent(evolutions[0], number.name) == []


def test_a_recipient_without_whatsapp_is_told_and_puts_nothing_in_doubt(
    fleet: Fleet, evolutions: Servers, owned: Owned
) -> None:
    number = owned("toko-5", 0, 0, opened_since_pairing=True)
    reply = fleet.send(number, to="6281234560000")
    assert (reply.status, reply.json["code"], reply.json["action"]) == (422, "number_not_on_whatsapp", "none")
    row = fleet.row(number)
    assert (row["needs_check"], row["last_send_error"]) == (False, "number_not_on_whatsapp")
    assert len(sent(evolutions[0], number.name)) == 1


def test_a_number_that_whatsapp_calls_too_fast_keeps_still_for_a_minute(
    fleet: Fleet, evolutions: Servers, owned: Owned
) -> None:
    number = owned("toko-6", 0, 0)
    evolutions[0].control("settings", {"refuse_sends": True})
    first, again = fleet.send(number, "satu"), fleet.send(number, "dua")
    assert [(r.status, r.json["code"]) for r in (first, again)] == [(429, "send_rate_limited")] * 2
    assert all(int(reply.headers["retry-after"]) > 40 for reply in (first, again))
    assert sent(evolutions[0], number.name) == ["satu"]


def test_a_number_that_turns_out_to_be_another_one_sends_nothing(
    fleet: Fleet, evolutions: Servers, owned: Owned
) -> None:
    number = owned("ganti-1", 0, 0, phone_number=None, expected_number="628999888777")
    replies = [fleet.send(number) for _ in range(2)]
    assert [(r.status, r.json["code"], r.json["action"]) for r in replies] == [
        (409, "number_changed", "contact_owner")
    ] * 2
    assert sent(evolutions[0], number.name) == []
