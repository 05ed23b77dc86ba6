"""Each row of the design's table, and the words around it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sambung.domain.errors import Code
from sambung.domain.instance import Observation, Qr, Seen, Snapshot, Source, Status
from sambung.domain.meaning import TABLE
from sambung.domain.status import advance
from tests.unit.domain.builders import ELSEWHERE, START, at, operation, read, run, saw, snapshot

OFF, DIAL, ON, BAD = Status.DISCONNECTED, Status.CONNECTING, Status.CONNECTED, Status.ERROR
QR = Qr(code="2@abc")
off = snapshot(OFF, error=Code.SESSION_ENDED, error_evidence={"reason": 402})
dialling = snapshot(DIAL)
offering = snapshot(DIAL, qr=QR, qr_at=START)
on = snapshot(ON, opened_since_pairing=True)
gone = snapshot(BAD, error=Code.INSTANCE_NOT_FOUND_ON_SERVER, absent_reads=2)
banned = snapshot(BAD, error=Code.ACCOUNT_BANNED)


def close(reason: int | None, *, reconnects: bool = False) -> Observation:
    return saw(Seen.CLOSE, reason=reason, reconnects=reconnects)


ROWS: list[tuple[str, Snapshot, Observation, Status, Code | None]] = [
    ("created", off, saw(Seen.CREATED, source=Source.ACTION), DIAL, None),
    ("connect accepted clears the error", off, saw(Seen.CONNECT_ACCEPTED, source=Source.ACTION), DIAL, None),
    (
        "restart accepted keeps the error",
        replace(off, last_operation=operation("restart")),
        saw(Seen.CONNECT_ACCEPTED, source=Source.ACTION),
        DIAL,
        Code.SESSION_ENDED,
    ),
    ("QR while not connected keeps the error", off, saw(Seen.QR, qr=QR), DIAL, Code.SESSION_ENDED),
    ("QR after a ban keeps the error", banned, saw(Seen.QR, qr=QR), DIAL, Code.ACCOUNT_BANNED),
    ("QR while connected", on, saw(Seen.QR, qr=QR), ON, None),
    ("connecting from disconnected keeps the error", off, saw(Seen.CONNECTING), DIAL, Code.SESSION_ENDED),
    ("connecting from connected", on, saw(Seen.CONNECTING), DIAL, None),
    ("connecting from error", banned, saw(Seen.CONNECTING), DIAL, Code.ACCOUNT_BANNED),
    ("open by webhook", off, saw(Seen.OPEN), ON, None),
    ("open by read", off, read(Seen.OPEN), ON, None),
    ("session_ready is only a claim", dialling, saw(Seen.SESSION_READY), DIAL, None),
    ("session_reconnected is only a claim", off, saw(Seen.SESSION_RECONNECTED), OFF, Code.SESSION_ENDED),
    ("session_authenticated", off, saw(Seen.AUTHENTICATED), DIAL, Code.SESSION_ENDED),
    ("401 during our logout", replace(on, last_operation=operation("logout")), close(401), OFF, None),
    ("401 during our delete", replace(on, last_operation=operation("delete")), close(401), OFF, None),
    ("401 just after our logout", replace(on, last_operation=operation("logout", -49.9)), close(401), OFF, None),
    (
        "401 a minute after our logout",
        replace(on, last_operation=operation("logout", -50)),
        close(401),
        OFF,
        Code.LOGGED_OUT_BY_PHONE,
    ),
    (
        "401 during another action",
        replace(on, last_operation=operation("restart")),
        close(401),
        OFF,
        Code.LOGGED_OUT_BY_PHONE,
    ),
    ("401 and never open since pairing", dialling, close(401), OFF, Code.PAIRING_FAILED),
    ("401 otherwise", on, close(401), OFF, Code.LOGGED_OUT_BY_PHONE),
    (
        "401 after a silent drop",
        snapshot(DIAL, opened_since_pairing=True),
        close(401),
        OFF,
        Code.LOGGED_OUT_BY_PHONE,
    ),
    ("session_disconnected LOGOUT", on, saw(Seen.SESSION_DISCONNECTED, reason="LOGOUT"), OFF, Code.LOGGED_OUT_BY_PHONE),
    (
        "session_disconnected UNPAIRED",
        on,
        saw(Seen.SESSION_DISCONNECTED, reason="UNPAIRED"),
        OFF,
        Code.LOGGED_OUT_BY_PHONE,
    ),
    (
        "session_disconnected UNPAIRED of one that was never paired",
        dialling,
        saw(Seen.SESSION_DISCONNECTED, reason="UNPAIRED"),
        DIAL,
        None,
    ),
    (
        "session_disconnected LOGOUT of one that was never paired",
        dialling,
        saw(Seen.SESSION_DISCONNECTED, reason="LOGOUT"),
        OFF,
        Code.PAIRING_FAILED,
    ),
    ("402", on, close(402), OFF, Code.SESSION_ENDED),
    ("406", on, close(406), OFF, Code.SESSION_ENDED),
    ("403", on, close(403), BAD, Code.ACCOUNT_BANNED),
    ("listed as close with another code", on, read(Seen.CLOSE, reason=500), OFF, Code.SESSION_ENDED),
    *[(f"{code} on 1.x", on, close(code, reconnects=True), DIAL, None) for code in (408, 428, 440, 500, 503, 515)],
    ("401 is final even on 1.x", on, close(401, reconnects=True), OFF, Code.LOGGED_OUT_BY_PHONE),
    ("other session_disconnected", on, saw(Seen.SESSION_DISCONNECTED, reason="NAVIGATION"), DIAL, None),
    ("refused", offering, saw(Seen.REFUSED, reason=428), OFF, Code.QR_LIMIT_REACHED),
    ("QR limit notice", offering, saw(Seen.QR_LIMIT), OFF, Code.QR_LIMIT_REACHED),
    ("count 0 with memory close", dialling, read(Seen.QR_LIMIT), OFF, Code.QR_LIMIT_REACHED),
    ("logout notice", on, saw(Seen.LOGOUT_NOTICE), ON, None),
    ("remove notice", on, saw(Seen.REMOVE_NOTICE), ON, None),
    ("status notice", on, saw(Seen.STATUS_NOTICE), ON, None),
    ("memory read close", on, read(Seen.CLOSE), OFF, None),
    ("memory read close with the list's 401", on, read(Seen.CLOSE, reason=401), OFF, Code.LOGGED_OUT_BY_PHONE),
    ("memory read close with the list's 403", on, read(Seen.CLOSE, reason=403), BAD, Code.ACCOUNT_BANNED),
    ("memory read connecting", on, read(Seen.CONNECTING), DIAL, None),
    ("first absent read", on, read(Seen.ABSENT), ON, None),
    ("first targeted 404", on, read(Seen.ABSENT, reason=404), ON, None),
    ("second absent read", replace(on, absent_reads=1), read(Seen.ABSENT), ON, None),
    (
        "two reads and a targeted 404",
        replace(on, absent_reads=2),
        read(Seen.ABSENT, reason=404),
        BAD,
        Code.INSTANCE_NOT_FOUND_ON_SERVER,
    ),
    ("still absent", gone, read(Seen.ABSENT, reason=404), BAD, Code.INSTANCE_NOT_FOUND_ON_SERVER),
    ("seen again connecting", gone, saw(Seen.CONNECTING), DIAL, None),
    ("seen again closed", gone, read(Seen.CLOSE), OFF, None),
    ("seen again open", gone, read(Seen.OPEN), ON, None),
    ("our own door failed", on, saw(Seen.SESSION_ERROR, reason="webhook_send_failed"), ON, None),
    ("session_error", on, saw(Seen.SESSION_ERROR, reason="auth_failure"), BAD, Code.SERVER_ERROR),
    ("session_reconnect_failed", dialling, saw(Seen.SESSION_RECONNECT_FAILED), BAD, Code.SESSION_ENDED),
    ("send refused", on, saw(Seen.SEND_REFUSED, source=Source.ACTION), ON, None),
    (
        "action failed and the instance is at fault",
        on,
        saw(Seen.ACTION_FAILED, source=Source.ACTION, code=Code.INSTANCE_NOT_FOUND_ON_SERVER),
        BAD,
        Code.INSTANCE_NOT_FOUND_ON_SERVER,
    ),
    (
        "action failed and the server is at fault",
        on,
        saw(Seen.ACTION_FAILED, source=Source.ACTION, code=Code.SERVER_UNREACHABLE),
        ON,
        None,
    ),
    ("a message", off, saw(Seen.ACTIVITY), OFF, Code.SESSION_ENDED),
]


@pytest.mark.parametrize(
    ("before", "observation", "status", "error"), [row[1:] for row in ROWS], ids=[r[0] for r in ROWS]
)
def test_the_table(before: Snapshot, observation: Observation, status: Status, error: Code | None) -> None:
    after = advance(before, observation).snapshot
    assert (after.status, after.error) == (status, error)


def test_every_word_an_observation_can_say_has_a_row_in_the_table_and_here() -> None:
    assert set(TABLE) == set(Seen) == {row[2].seen for row in ROWS}


CHECKED = {
    "QR while connected",
    "session_ready is only a claim",
    "session_reconnected is only a claim",
    "logout notice",
    "remove notice",
    "status notice",
    "second absent read",
    "our own door failed",
    "send refused",
    "action failed and the server is at fault",
    # These first opens tell no number, so the check reads whose phone it is.
    "open by webhook",
    "open by read",
    "seen again open",
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_check_is_asked_for_where_the_truth_was_not_seen(
    row: tuple[str, Snapshot, Observation, Status, Code],
) -> None:
    assert advance(row[1], row[2]).needs_check == (row[0] in CHECKED)


@pytest.mark.parametrize("seen", [Seen.OPEN, Seen.SESSION_READY, Seen.SESSION_RECONNECTED])
def test_open_on_another_server_is_a_candidate_to_check(seen: Seen) -> None:
    decision = advance(off, saw(seen, server_id=ELSEWHERE))
    assert (decision.snapshot, decision.needs_check, decision.why_not) == (off, True, "foreign_server")


def test_anything_else_on_another_server_is_only_logged() -> None:
    assert not advance(on, saw(Seen.CLOSE, reason=401, server_id=ELSEWHERE)).needs_check


def test_an_event_of_an_earlier_life_of_the_name_is_only_logged() -> None:
    decision = advance(snapshot(ON, generation=2), saw(Seen.CLOSE, reason=401, generation=1))
    assert (decision.applied, decision.needs_check, decision.why_not) == (False, False, "generation")


def test_a_late_event_asks_for_a_check() -> None:
    decision = advance(on, saw(Seen.CLOSE, reason=401, late=True))
    assert (decision.snapshot, decision.needs_check, decision.why_not) == (on, True, "late")


def test_of_one_millisecond_a_read_wins() -> None:
    after, _ = run(on, [read(Seen.CONNECTING), close(402)])
    assert after.status is DIAL
    after, _ = run(on, [close(402), read(Seen.CONNECTING)])
    assert after.status is DIAL


def test_an_open_sets_number_and_profile_and_deletes_the_code() -> None:
    after = advance(offering, saw(Seen.OPEN, phone_number="6281", profile_name="Toko")).snapshot
    assert (after.phone_number, after.profile_name, after.qr, after.qr_at) == ("6281", "Toko", None, None)
    assert after.opened_since_pairing


def test_another_number_than_expected_is_said_and_stays_connected() -> None:
    before = replace(offering, expected_number="6282")
    after = advance(before, saw(Seen.OPEN, phone_number="6281")).snapshot
    assert (after.status, after.error) == (ON, Code.NUMBER_CHANGED)
    assert after.error_evidence == {"expected": "6282", "number": "6281"}
    assert advance(after, read(Seen.OPEN, 20, phone_number="6282")).snapshot.error is None


def test_a_code_is_stored_with_the_time_it_was_received() -> None:
    after = advance(dialling, saw(Seen.QR, qr=QR, received_at=at(12))).snapshot
    assert (after.qr, after.qr_at, after.observed_at) == (QR, at(12), at(10))


def test_the_same_code_seen_again_grows_no_younger() -> None:
    again = saw(Seen.QR, 60, source=Source.ACTION, qr=Qr(code=QR.code, count=3))
    assert advance(offering, again).snapshot.qr_at == START


def test_a_code_from_an_answer_is_kept_although_its_connecting_event_overtook_it() -> None:
    after, _ = run(off, [saw(Seen.CONNECTING, 10), saw(Seen.QR, 9, received_at=at(12), source=Source.ACTION, qr=QR)])
    assert (after.status, after.qr) == (DIAL, QR)


def test_a_code_that_was_overtaken_by_connecting_is_kept() -> None:
    after, _ = run(dialling, [saw(Seen.CONNECTING, 11), saw(Seen.QR, 10, received_at=at(11.1), qr=QR)])
    assert (after.qr, after.observed_at) == (QR, at(11))


def test_a_code_of_the_phase_before_is_dropped() -> None:
    after, _ = run(on, [close(402), saw(Seen.CONNECTING, 12), saw(Seen.QR, 9, received_at=at(12.1), qr=QR)])
    assert after.qr is None


def test_an_accepted_connect_clears_the_error_although_its_first_event_came_before() -> None:
    accepted = saw(Seen.CONNECT_ACCEPTED, 9, received_at=at(12), source=Source.ACTION)
    after, _ = run(replace(off, opened_since_pairing=True), [saw(Seen.CONNECTING, 10), accepted])
    assert (after.status, after.error, after.opened_since_pairing) == (DIAL, None, False)


def test_a_refusal_newer_than_the_connect_is_not_cleared_by_its_answer() -> None:
    accepted = saw(Seen.CONNECT_ACCEPTED, 9, received_at=at(12), source=Source.ACTION)
    after, _ = run(off, [saw(Seen.REFUSED, 10, reason=428), accepted])
    assert (after.status, after.error) == (OFF, Code.QR_LIMIT_REACHED)


def test_an_open_that_a_close_overtook_tells_a_removal_from_a_failed_pairing() -> None:
    after, _ = run(dialling, [saw(Seen.CLOSE, 12, reason=401), saw(Seen.OPEN, 11)])
    assert (after.status, after.error) == (OFF, Code.LOGGED_OUT_BY_PHONE)


def test_opens_of_five_minutes_are_remembered_and_reads_are_no_openings() -> None:
    story = [saw(Seen.OPEN, n) for n in (1, 250, 251, 302)] + [read(Seen.OPEN, 303)]
    after, _ = run(off, story)
    assert after.recent_opens == (at(250), at(251), at(302))


def test_a_read_does_not_turn_our_own_logout_into_a_removal_by_phone() -> None:
    before = replace(on, last_operation=operation("logout", 5))
    after, _ = run(before, [close(401), read(Seen.CLOSE, 900, reason=401)])
    assert (after.status, after.error) == (OFF, None)


def test_a_read_that_finds_a_banned_number_closed_keeps_the_ban() -> None:
    after = advance(banned, read(Seen.CLOSE)).snapshot
    assert (after.status, after.error) == (BAD, Code.ACCOUNT_BANNED)


def test_close_and_absent_reads_are_counted_in_a_row() -> None:
    after, _ = run(on, [read(Seen.CLOSE, 10), read(Seen.CLOSE, 11), read(Seen.CLOSE, 12)])
    assert (after.close_reads, after.absent_reads) == (2, 0)
    after, _ = run(after, [read(Seen.ABSENT, 13)])
    assert (after.close_reads, after.absent_reads) == (0, 1)
    after, _ = run(after, [read(Seen.CONNECTING, 14)])
    assert after.absent_reads == 0


def test_a_sweep_that_lists_and_then_reads_finds_it_gone_the_second_time() -> None:
    sweep = [read(Seen.ABSENT, 10), read(Seen.ABSENT, 11, reason=404)]
    after, _ = run(on, sweep)
    assert after.status is ON
    after, _ = run(after, [replace(one, at=at(300), received_at=at(301)) for one in sweep[1:]])
    assert (after.status, after.error) == (BAD, Code.INSTANCE_NOT_FOUND_ON_SERVER)


def test_a_transition_says_why_who_and_for_which_action() -> None:
    transition = advance(on, close(401)).transition
    assert transition is not None
    assert (transition.old, transition.new, transition.reason) == (ON, OFF, "logged_out_by_phone")
    dropped = advance(on, close(515, reconnects=True))
    assert dropped.transition is not None
    assert dropped.transition.reason == "close_515"
    assert dropped.snapshot.error_evidence == {"reason": 515}
