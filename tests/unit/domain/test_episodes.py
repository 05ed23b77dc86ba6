"""An alert opens once, is told once and resolves once, however often what it is about comes and goes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.alerts import Condition, Judged, Key, Rule
from sambung.domain.episodes import CALM, COOLDOWN, Episode, Plan, plan

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WRONG = Condition(Rule.SERVER_DOWN, "vps", {"count": "1"})
YES, NO = Judged((WRONG,)), Judged(())
BLIND = Judged((), blind_subjects=frozenset({"vps"}))


class Life:
    """Carries plans out on a simulated clock, a minute each, as the tables would."""

    def __init__(self) -> None:
        self.now = START
        self.open: list[Episode] = []
        self.told: dict[Key, datetime] = {}
        self.opened = self.resolved = 0
        self.notices: list[str] = []

    def pass_(self, judged: Judged, minutes: int = 1) -> "Life":
        for _ in range(minutes):
            self._minute(judged)
        return self

    def _minute(self, judged: Judged) -> None:
        wanted = plan(self.open, judged, told=self.told, now=self.now)
        self.open = [self._after(one, wanted) for one in self.open if one.id not in wanted.end]
        for one in wanted.begin:
            told_at = self.now if one.key in wanted.tell_begun else None
            self.open.append(Episode(UUID(int=self.opened), one.key, one.params, told_at, None))
            self.opened += 1
        self.notices += ["opened"] * (len(wanted.tell_begun) + len(wanted.tell))
        self.notices += ["resolved"] * len(wanted.tell_ended)
        self.resolved += len(wanted.end)
        self.told.update({one.key: one.told_at for one in self.open if one.told_at is not None})
        self.now += MINUTE

    def _after(self, one: Episode, wanted: Plan) -> Episode:
        if one.id in wanted.change:
            one = replace(one, params=wanted.change[one.id].params, clear_since=None)
        if one.id in wanted.clear:
            one = replace(one, clear_since=self.now)
        return replace(one, told_at=self.now) if one.id in wanted.tell else one


def test_what_lasts_is_told_once_and_its_end_once() -> None:
    life = Life().pass_(YES, 90).pass_(NO, 90)
    assert (life.opened, life.resolved, life.notices) == (1, 1, ["opened", "resolved"])


def test_it_resolves_only_after_some_calm() -> None:
    life = Life().pass_(YES).pass_(NO, CALM // MINUTE)
    assert life.resolved == 0
    assert life.pass_(NO).resolved == 1


def test_what_flaps_within_the_calm_is_one_episode() -> None:
    life = Life()
    for _ in range(20):
        life.pass_(YES, 2).pass_(NO, 2)
    assert (life.opened, life.resolved, life.notices) == (1, 0, ["opened"])


def test_what_comes_back_soon_opens_again_but_is_not_told_until_the_cooldown_is_over() -> None:
    life = Life().pass_(YES).pass_(NO, 5).pass_(YES, 10)
    assert (life.opened, life.notices) == (2, ["opened", "resolved"])
    life.pass_(YES, COOLDOWN // MINUTE)
    assert life.notices == ["opened", "resolved", "opened"]
    assert life.pass_(NO, 5).notices[-1] == "resolved"


def test_the_end_of_what_was_never_told_is_not_told_either() -> None:
    life = Life().pass_(YES).pass_(NO, 5).pass_(YES, 3).pass_(NO, 5)
    assert (life.opened, life.resolved, life.notices) == (2, 2, ["opened", "resolved"])


def test_what_cannot_be_seen_neither_resolves_nor_opens() -> None:
    life = Life().pass_(BLIND, 10)
    assert life.opened == 0
    life.pass_(YES).pass_(BLIND, 500)
    assert (life.resolved, life.notices) == (0, ["opened"])
    assert life.pass_(NO, 5).resolved == 1


def test_an_open_alert_shows_the_present_numbers() -> None:
    life = Life().pass_(YES).pass_(Judged((replace(WRONG, params={"count": "2"}),)))
    assert (life.opened, life.open[0].params) == (1, {"count": "2"})


@given(st.lists(st.tuples(st.sampled_from([YES, NO, BLIND]), st.integers(1, 40)), max_size=30))
def test_however_it_comes_and_goes_every_opening_told_has_one_end_told(turns: list[tuple[Judged, int]]) -> None:
    life = Life()
    for judged, minutes in turns:
        life.pass_(judged, minutes)
    life.pass_(NO, 10)
    assert life.open == []
    assert life.opened == life.resolved
    assert life.notices == ["opened", "resolved"] * (len(life.notices) // 2)
    assert len(life.notices) // 2 <= 1 + (life.now - START) / COOLDOWN
