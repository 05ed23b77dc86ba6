"""One sweep: all servers are listed and read at once and written as they answer, so that none waits for the slowest."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from reconciler import settling
from reconciler.gathering import Gathered, Gathering, reads_at_once
from reconciler.looking import announce
from reconciler.outcome import Result, Scope, ServerResult
from reconciler.settling import Evidence
from sambung.domain import abandoned
from sambung.domain.abandoned import true_end
from sambung.domain.assignment import FoundBy, Place
from sambung.domain.instance import Decision, Seen
from sambung.domain.reconcile import Registered, Turn, is_busy
from sambung.edge.wiring import Parts
from sambung.gateways import KINDS
from sambung.store import doubts, reconciling, servers, sightings, sweeps
from sambung.store.connection import Connection
from sambung.store.doubts import Case
from sambung.store.reconciling import Ended
from sambung.store.servers import Server
from sambung.store.sightings import Sight
from sambung.store.sweeps import Swept

# A lease outlives its sweep by this much, for what is written at the end.
GRACE = timedelta(seconds=5)
ALL_SERVERS = 100_000
# Turns of the event loop until a request has left by an open connection; four were counted.
TURNS_TO_ASK = 10


def known_servers(parts: Parts, scope: Scope) -> list[Server]:
    """The servers a sweep would ask."""
    with parts.database.transaction() as connection:
        found = servers.all_servers(connection, limit=ALL_SERVERS)
    return [
        one
        for one in found
        if one.enabled and one.kind in KINDS and (scope.server_ids is None or one.id in scope.server_ids)
    ]


def sweep(parts: Parts, scope: Scope, *, seconds: float, known: Sequence[Server] | None = None) -> Result:
    """Bring the registry up to reality within the given seconds. `known`: the scope's servers, where just read."""
    return Sweep(parts, scope, seconds).run(known_servers(parts, scope) if known is None else known)


class Sweep:
    """One run over some servers."""

    def __init__(self, parts: Parts, scope: Scope, seconds: float) -> None:
        self._parts = parts
        self._scope = scope
        self._deadline = time.monotonic() + seconds
        self._held_for = timedelta(seconds=seconds) + GRACE
        self._result = Result(uuid4(), scope.dry_run)
        self._untold: list[UUID] = []
        # Servers that did not answer, and instances whose session is being looked for.
        self._silent: set[UUID] = set()
        self._sought: set[UUID] = set()

    def run(self, known: Sequence[Server]) -> Result:
        """Sweep these."""
        turns = self._begin(known)
        self._parts.run(self._gather_and_apply([server for server in known if server.id in turns], turns))
        self._result.servers.sort(key=lambda one: one.server.name)
        return self._result

    def _begin(self, known: Sequence[Server]) -> Mapping[UUID, int]:
        """Take the servers nobody else sweeps; the number of each one's turn."""
        with self._parts.database.transaction() as connection:
            turns = self._turns(connection, [server.id for server in known])
            if not self._scope.dry_run:
                self._result.clocks_relearned = reconciling.relearn_clocks(connection, list(turns))
        self._result.servers += [ServerResult(server, "held") for server in known if server.id not in turns]
        return turns

    def _turns(self, connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, int]:
        if self._scope.dry_run:
            return dict.fromkeys(ids, 0)
        return sweeps.take(connection, self._result.run_id, ids, self._held_for)

    async def _gather_and_apply(self, known: Sequence[Server], turns: Mapping[UUID, int]) -> None:
        """Write what is ready as soon as anything is: the more there is, the fewer statements it takes."""
        # Beside the lists, which take their time to come; nobody else uses the database until it is here.
        registry = asyncio.create_task(self._registry(list(turns)))
        at_once = reads_at_once(len(known))
        work = [self._gathering(server, turns[server.id], registry, at_once) for server in known]
        gathering = {asyncio.create_task(self._gather(one)) for one in work}
        seeking: set[asyncio.Task[Sequence[Evidence]]] = set()
        try:
            await asyncio.wait([registry])
            while gathering or seeking:
                await asyncio.wait([*gathering, *seeking], return_when=asyncio.FIRST_COMPLETED)
                ready = {task for task in gathering if task.done()}
                found = {task for task in seeking if task.done()}
                gathering, seeking = gathering - ready, seeking - found
                # In a thread, so that nobody's answer waits for the database; awaited, so that nobody else uses it.
                doubts_found = await asyncio.to_thread(self._take, [task.result() for task in ready])
                seeking |= self._search(doubts_found)
                self._settle([one for task in found for one in task.result()])
        finally:
            for task in (*gathering, *seeking):
                task.cancel()

    def _take(self, batch: Sequence[Gathered]) -> Sequence[Case]:
        """Write what these servers answered; what their lists make doubtful."""
        self._result.servers += [self._of(found) for found in batch]
        if self._scope.dry_run or not batch:
            return ()
        self._apply(batch)
        self._silent |= {found.server.id for found in batch if found.plan is None}
        with self._parts.database.transaction() as connection:
            ids = doubts.doubtful(connection, [found.server.id for found in batch], self._silent)
        wanted = settling.known_cases(self._parts, set(ids) - self._sought)
        self._sought |= set(wanted)
        return tuple(wanted.values())

    def _search(self, wanted: Sequence[Case]) -> set["asyncio.Task[Sequence[Evidence]]"]:
        """Begin to look for these."""
        if not wanted:
            return set()
        left = self._deadline - time.monotonic()
        search = settling.seek_all(self._parts, wanted, frozenset(self._silent), seconds=left)
        return {asyncio.create_task(search)}

    def _settle(self, found: Sequence[Evidence]) -> None:
        for one in found:
            self._sought.discard(one.case.sought.id)
            place = settling.conclude(self._parts, one, found_by=FoundBy.RECONCILE)
            self._result.moved += place is Place.MOVED
            self._result.conflicts += place is Place.CONFLICT

    async def _registry(self, server_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Registered]]:
        """Everything registered there, read when the lists were asked for: reading it holds up what is to be sent."""
        for _ in range(TURNS_TO_ASK):
            await asyncio.sleep(0)
        return await asyncio.to_thread(self._registered, server_ids)

    def _registered(self, server_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Registered]]:
        with self._parts.database.transaction() as connection:
            return reconciling.registered(connection, server_ids)

    def _gathering(
        self,
        server: Server,
        number: int,
        registry: "asyncio.Task[Mapping[UUID, Sequence[Registered]]]",
        at_once: int,
    ) -> Gathering:
        turn = Turn(number, self._parts.now(), thorough=self._scope.thorough)
        # One server's time-out ends only its own waiting.
        return Gathering(
            self._parts, server, lambda: asyncio.shield(registry), turn, at_once=at_once, dry=self._scope.dry_run
        )

    async def _gather(self, one: Gathering) -> Gathered:
        return await one.run(self._deadline - time.monotonic())

    def _of(self, found: Gathered) -> ServerResult:
        done = "planned" if self._scope.dry_run else "swept"
        unfinished = "out_of_time" if found.out_of_time else "unreadable"
        return ServerResult(
            server=found.server,
            outcome=done if found.plan is not None and not found.out_of_time else unfinished,
            plan=found.plan,
            listed=None if found.plan is None else len(found.listed),
            cause=None if found.failed is None else found.failed.cause or found.failed.code.value,
        )

    def _apply(self, batch: Sequence[Gathered]) -> None:
        """Write what some servers answered, however many, in a handful of statements. Each transaction locks instances
        once, in the order of their ids: nobody ever waits for us in a circle."""
        decisions = self._observed([sight for found in batch for sight in found.sights])
        self._count(decisions)
        _tell_missing(batch, decisions)
        self._keep_webhooks(batch)
        self._untold.clear()
        ended = [one for found in batch for one in self._ended(found)]
        with self._parts.database.transaction() as connection:
            reconciling.count_sweep(connection, self._untold)
            self._result.operations_ended += reconciling.end_operations(connection, ended, self._parts.now())
            sweeps.give_back(connection, self._result.run_id, [_swept(found) for found in batch])
            doubts.keep_strays(connection, {found.server.id: found.strays for found in batch if found.plan is not None})

    def _observed(self, sights: Sequence[Sight]) -> Mapping[UUID, Decision]:
        """A transaction takes three round trips, so none is begun where no read was due."""
        if not sights:
            return {}
        with self._parts.database.transaction() as connection:
            return sightings.observe_all(connection, sights)

    def _keep_webhooks(self, batch: Sequence[Gathered]) -> None:
        webhooks = [looked for found in batch for looked in found.webhooks]
        if not webhooks:
            return
        with self._parts.database.transaction() as connection:
            reconciling.keep_webhooks(connection, webhooks)
            for found in batch:
                _learn_shape(connection, found)
        self._result.webhooks_repaired += sum(looked.repaired for looked in webhooks)

    def _count(self, decisions: Mapping[UUID, Decision]) -> None:
        self._result.reads += len(decisions)
        self._result.changed += sum(decision.transition is not None for decision in decisions.values())

    def _ended(self, found: Gathered) -> list[Ended]:
        """Operations whose process died or whose gateway needed longer, ended by what is there now."""
        if found.plan is None:
            return []
        now = self._parts.now()
        seen = {sight.instance_id: sight.observation.seen for sight in found.sights}
        webhooks = {looked.instance_id: looked.state for looked in found.webhooks}
        ended = []
        for one in found.registered:
            if one.operation is None or is_busy(one, now):
                continue
            evidence = abandoned.Evidence(
                seen=seen.get(one.id),
                listed=one.name in found.listed,
                webhook=webhooks.get(one.id),
                sent=one.operation.state != "planned",
                ours=one.id not in found.foreign,
                reborn=one.operation.generation is not None and one.generation > one.operation.generation,
                sweeps=one.operation.sweeps,
            )
            ending = true_end(one.operation.action, evidence, now - one.operation.since)
            if ending is None:
                self._untold.append(one.operation.id)
            else:
                ended.append(Ended(one.operation.id, one.id, ending))
        return ended


def _tell_missing(batch: Sequence[Gathered], written: Mapping[UUID, Decision]) -> None:
    """By name, those that are not where they are assigned; the thousands that are need no line each."""
    for found in batch:
        for sight in found.sights:
            if sight.instance_id in written:
                announce(sight.instance_id, sight.observation, found.server.base_url, only={Seen.ABSENT})


def _learn_shape(connection: Connection, found: Gathered) -> None:
    if found.learned is not None and found.learned.shape != found.server.webhook_shape:
        servers.update_server(connection, found.server.id, {"webhook_shape": found.learned.shape.value})


def _swept(found: Gathered) -> Swept:
    if found.plan is None:
        return Swept(found.server.id, None, ())
    return Swept(found.server.id, len(found.listed), found.plan.unmanaged)
