"""Whole sweeps of the reconciler against the bare fetch of the same lists, and of everything it asked."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from bench.farm import Farm, farm
from bench.fetching import Fetching
from bench.figure import LONGEST_S, Aim, Figure, compare, of_pairs
from bench.scale import Scale
from bench.stage import Context, Stage, server_with

AIM: Final = Aim("<=", 1.5)
SCHEDULE: Final = timedelta(minutes=5)
LISTS: Final = "the bare concurrent fetch of the same lists"
REQUESTS: Final = "the bare fetch of everything the sweep asked"
IN_A_ROW: Final = "the same lists, one after the other"
# Each of these takes thousands of requests.
_SLOW_ROUNDS: Final = 3


class NotSwept(RuntimeError):
    """The sweep did not do what is timed."""


def figures(stage: Stage, scale: Scale) -> Iterator[Figure]:
    """Its lists alone; as the schedule finds it, with half of the instances read again; and the first run."""
    with _farm(stage, scale, scale.instances_each, step=2) as (sweeps, plain):
        yield from sweeps.lists(plain, scale.sweep_rounds)
    with _farm(stage, scale, scale.instances_each) as (sweeps, plain):
        yield from sweeps.scheduled(plain, min(_SLOW_ROUNDS, scale.sweep_rounds))
    with _farm(stage, scale, scale.read_each) as (sweeps, plain):
        yield sweeps.first_run(plain)


@contextmanager
def _farm(stage: Stage, scale: Scale, instances: int, *, step: int = 1) -> Iterator["tuple[Sweeps, Fetching]"]:
    wanted = [server_with(number, instances, step=step) for number in range(scale.servers)]
    with farm(wanted, scale.latency_s) as gateways, Fetching(gateways.servers) as plain:
        sweeps = Sweeps(stage, gateways)
        sweeps.know()
        yield sweeps, plain


@dataclass(frozen=True, slots=True)
class Sweeps:
    """Sweeps of one farm by the whole function."""

    stage: Stage
    gateways: Farm

    def size(self) -> dict[str, object]:
        servers = self.gateways.servers
        return {"servers": len(servers), "instances": sum(len(one.instances) for one in servers)}

    def know(self) -> None:
        """Register what the farm has; nothing of it was seen yet."""
        self.stage.refill(self.gateways.servers)

    def read(self, ago: timedelta) -> None:
        """Everything was read and looked at so long ago, and was well."""
        self.stage.plain.execute(
            """
            UPDATE wa_sessions SET status = 'connected', last_read_at = now() - %(ago)s, webhook_state = 'ok',
                   webhook_looked_at = now() - %(ago)s, needs_check = false
            """,
            {"ago": ago},
        )
        self.stage.plain.execute("VACUUM (ANALYZE) wa_sessions")

    def once(self) -> float:
        """Seconds of one sweep."""
        from reconciler.handler import lambda_handler

        started = time.perf_counter()
        done = lambda_handler({}, cast("LambdaContext", Context()))
        took = time.perf_counter() - started
        if done.get("unreadable") or done.get("servers") != len(self.gateways.servers):
            raise NotSwept(str(done))
        return took

    def after(self, ago: timedelta) -> float:
        """Seconds of a sweep where everything was read so long ago; half of it is read again all the same."""
        self.read(ago)
        return self.once()

    def quiet(self) -> float:
        """Seconds of a sweep that is the turn of even ids, where there are only odd ones. Turns begin with 0."""
        self.stage.plain.execute("UPDATE server_sweeps SET turn = -1")
        self.read(timedelta(0))
        self.gateways.asked()
        took = self.once()
        if sum(map(len, self.gateways.asked())) != len(self.gateways.servers):
            raise NotSwept("something was due besides the lists")
        return took

    def first_run(self, plain: Fetching) -> Figure:
        """Nothing was ever read: every instance and every webhook is."""
        self.gateways.asked()
        took = self.once()
        asked = self.gateways.asked()
        made, due = sum(map(len, asked)), self._all_requests()
        return of_pairs(
            "sweep_first_run",
            "s",
            [(took, plain.requests(asked))],
            against=REQUESTS,
            aim=AIM,
            # A server too slow for its reads is given up until the next sweep: then no ratio meets the aim.
            more={**self.size(), "requests": made, "due": due, **({} if made >= due else {"met": False})},
        )

    def _all_requests(self) -> int:
        """A list of each server, a read and a look of each instance."""
        return sum(1 + 2 * len(one.instances) for one in self.gateways.servers)

    def lists(self, plain: Fetching, rounds: int) -> Iterator[Figure]:
        """All that a sweep does besides its reads: lists, comparison, plan, leases."""
        self.quiet()
        for name, reference, against, turns, aim in (
            ("sweep_lists", plain.lists, LISTS, rounds, AIM),
            ("sweep_lists_in_a_row", plain.one_after_the_other, IN_A_ROW, 1, None),
        ):
            yield compare(
                name,
                "s",
                measured=self.quiet,
                reference=reference,
                against=against,
                rounds=turns,
                aim=aim,
                more=self.size(),
            )

    def scheduled(self, plain: Fetching, rounds: int) -> Iterator[Figure]:
        """The same sweeps against all they asked, and against the lists alone."""
        lists: list[tuple[float, float]] = []
        requests: list[tuple[float, float]] = []
        count = 0
        enough = time.monotonic() + LONGEST_S
        while len(requests) < rounds and (not requests or time.monotonic() < enough):
            self.gateways.asked()
            took = self.after(SCHEDULE)
            asked = self.gateways.asked()
            count = sum(map(len, asked))
            lists.append((took, plain.lists()))
            requests.append((took, plain.requests(asked)))
        more = {**self.size(), "requests": count}
        yield of_pairs("sweep_scheduled", "s", requests, against=REQUESTS, aim=AIM, more=more)
        yield of_pairs("sweep_scheduled_lists", "s", lists, against=LISTS, more=more)
