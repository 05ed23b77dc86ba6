"""Where a session is, by every combination of what its own server and two others say."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.assignment import Place, Presence, Verdict, judge

HOME, B, C = (UUID(int=n) for n in (1, 2, 3))
_WORDS = {
    "+": Presence.CONNECTED,
    "o": Presence.PRESENT,
    "-": Presence.ABSENT,
    "?": Presence.UNANSWERED,
}

# The assigned server and two others: + connected, o present, - absent, ? unanswered.
TABLE = {
    "+--": (Place.VERIFIED, HOME),
    "++-": (Place.VERIFIED, HOME),
    "+++": (Place.VERIFIED, HOME),
    "+??": (Place.VERIFIED, HOME),
    "-+-": (Place.MOVED, B),
    "-+o": (Place.MOVED, B),
    "--+": (Place.MOVED, C),
    "-+?": (Place.MOVED, B),
    "?+-": (Place.MOVED, B),
    "?+?": (Place.MOVED, B),
    "o+-": (Place.MOVED, B),
    "-++": (Place.CONFLICT, None),
    "o++": (Place.CONFLICT, None),
    "?++": (Place.CONFLICT, None),
    "o--": (Place.NOT_CONNECTED, HOME),
    "oo-": (Place.NOT_CONNECTED, HOME),
    "o??": (Place.NOT_CONNECTED, HOME),
    "-o-": (Place.NOT_CONNECTED, B),
    "-oo": (Place.NOT_CONNECTED, None),
    "-o?": (Place.UNKNOWN, None),
    "---": (Place.NOWHERE, None),
    "--?": (Place.UNKNOWN, None),
    "?--": (Place.UNKNOWN, None),
    "?o-": (Place.UNKNOWN, None),
    "???": (Place.UNKNOWN, None),
}


@pytest.mark.parametrize(("said", "expected"), TABLE.items())
def test_the_verdict_is_that_of_the_table(said: str, expected: tuple[Place, UUID | None]) -> None:
    found = {server: _WORDS[word] for server, word in zip((HOME, B, C), said, strict=True)}
    assert judge(HOME, found) == Verdict(*expected)


def test_without_an_assigned_server_one_hit_is_a_move_and_none_is_nowhere() -> None:
    assert judge(None, {B: Presence.CONNECTED}) == Verdict(Place.MOVED, B)
    assert judge(None, {B: Presence.ABSENT}) == Verdict(Place.NOWHERE)


def test_an_assigned_server_that_was_not_asked_has_not_answered() -> None:
    assert judge(HOME, {B: Presence.ABSENT}) == Verdict(Place.UNKNOWN)
    assert judge(HOME, {B: Presence.CONNECTED}) == Verdict(Place.MOVED, B)


@given(st.dictionaries(st.uuids(), st.sampled_from(Presence), max_size=6), st.none() | st.uuids())
def test_nothing_is_called_moved_that_nobody_saw_connected_and_nowhere_needs_every_answer(
    found: dict[UUID, Presence], stranger: UUID | None
) -> None:
    for assigned in (*found, stranger):
        verdict = judge(assigned, found)
        if verdict.kind in {Place.VERIFIED, Place.MOVED}:
            assert verdict.server_id is not None
            assert found[verdict.server_id] is Presence.CONNECTED
        if verdict.kind is Place.NOWHERE:
            assert set(found.values()) <= {Presence.ABSENT}
