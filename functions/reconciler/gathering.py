"""One server's part of a sweep: list, plan, read what the plan wants. A server that hangs loses its own time only."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from aws_lambda_powertools import Logger

from reconciler.looking import CLAIMS, look
from sambung.domain.abandoned import NEED_TOKEN
from sambung.domain.errors import Code
from sambung.domain.instance import Seen, WebhookState
from sambung.domain.probe_instance import is_left_behind, is_probe
from sambung.domain.reconcile import Look, Plan, Read, Registered, Turn, plan, proves_absence
from sambung.edge import webhook_target
from sambung.edge.keyring import SecretUnreadable
from sambung.edge.probe_instance import remove
from sambung.edge.wiring import Parts
from sambung.gateways.quirks import quirks
from sambung.gateways.shape import Failed, Gateway, Kind, Listed, Memory, WebhookSet
from sambung.store.reconciling import Looked
from sambung.store.servers import Server
from sambung.store.sightings import Sight

READS_AT_ONCE = 10
AT_LEAST_AT_ONCE = 4
# Over all servers: more than this only wait for our own processor, and then look unanswered.
READS_IN_ALL = 200
# So many unanswered reads in a row: the rest would not be answered either.
GIVE_UP_AFTER = 3
NAMES_LOGGED = 50
_OURS_TO_REPAIR = frozenset({WebhookState.MISSING, WebhookState.DISABLED, WebhookState.INCOMPLETE})

_KEY_LOST = Failed(Kind.PERMANENT, Code.SERVER_KEY_REJECTED, cause="secret_unreadable")

logger = Logger()


@dataclass
class Gathered:
    """What one server answered, growing until its time is over. `plan` None: it could not be listed, see `failed`."""

    server: Server
    registered: Sequence[Registered] = ()
    plan: Plan | None = None
    listed: Mapping[str, Listed] = field(default_factory=dict)
    sights: list[Sight] = field(default_factory=list)
    webhooks: list[Looked] = field(default_factory=list)
    # Instances that did not take our own token, where their unfinished operation asks for that.
    foreign: set[UUID] = field(default_factory=set)
    learned: WebhookSet | None = None
    failed: Failed | None = None
    out_of_time: bool = False

    @property
    def strays(self) -> Mapping[str, str | None]:
        """Who may be open here without being assigned here, with their numbers."""
        unmanaged = () if self.plan is None else self.plan.unmanaged
        rows = [self.listed[name] for name in unmanaged]
        return {row.name: row.phone_number for row in rows if row.memory in {Memory.OPEN, Memory.UNKNOWN}}


Registry = Callable[[], Awaitable[Mapping[UUID, Sequence[Registered]]]]


def reads_at_once(servers: int) -> int:
    """How many reads each of so many servers may have under way."""
    return max(AT_LEAST_AT_ONCE, min(READS_AT_ONCE, READS_IN_ALL // max(servers, 1)))


class Gathering:
    """Fills a Gathered. `registry`: what is registered on each server, once it was read; the list is asked for at the
    same time. `dry`: list and plan only."""

    def __init__(
        self, parts: Parts, server: Server, registry: Registry, turn: Turn, *, at_once: int, dry: bool
    ) -> None:
        self.found = Gathered(server)
        self._parts = parts
        self._registry = registry
        self._turn = turn
        self._dry = dry
        self._gate = asyncio.Semaphore(at_once)
        self._unanswered = 0

    async def run(self, seconds: float) -> Gathered:
        """Gather for at most so long; what was read until then counts."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._gather()
        except TimeoutError:
            self.found.out_of_time = True
        return self.found

    async def _gather(self) -> None:
        found = self.found
        try:
            gateway = self._parts.gateway_for(found.server)
        except SecretUnreadable:
            found.failed = _KEY_LOST
            return
        answer = await gateway.instances()
        if isinstance(answer, Failed):
            found.failed = answer
            return
        found.registered = (await self._registry()).get(found.server.id, ())
        probes = {row.name for row in answer.value if is_probe(row.name)}
        found.listed = {row.name: row for row in answer.value if row.name not in probes}
        claims = {name: CLAIMS.get(row.memory) for name, row in found.listed.items()}
        found.plan = _offered(found.server, plan(found.registered, claims, self._turn))
        _log(found.server, found.plan, dry=self._dry)
        if self._dry:
            return
        await self._all([self._read(gateway, read) for read in found.plan.reads])
        await self._all([self._look(gateway, one) for one in found.plan.looks])
        await self._remove_probes(gateway, probes)

    async def _remove_probes(self, gateway: Gateway, names: Collection[str]) -> None:
        """What a process that died had made to prove a webhook."""
        server = self.found.server
        for name in names:
            if is_left_behind(name, server.id, self._parts.now()):
                removed = await remove(self._parts.keyring, gateway, server, name)
                logger.info("probe_left_behind", extra={"server_id": str(server.id), "removed": removed})

    async def _all(self, work: Sequence[Awaitable[None]]) -> None:
        await asyncio.gather(*work)

    async def _read(self, gateway: Gateway, read: Read) -> None:
        async with self._gate:
            if self._unanswered >= GIVE_UP_AFTER:
                return
            instance = read.instance
            row = self.found.listed.get(instance.name)
            seen = await look(gateway, self.found.server.id, instance, row, self._parts.now)
            if seen is None:
                self._unanswered += 1
                return
            self._unanswered = 0
            if not await self._prove(gateway, instance):
                return
            if seen.seen is Seen.ABSENT and instance.operation is None and not self._counts_missing(instance):
                return
            self.found.sights.append(Sight(instance.id, instance.revision, seen))

    def _counts_missing(self, instance: Registered) -> bool:
        server = self.found.server
        return proves_absence(instance, self._turn.now, opens_late=quirks(server.kind, server.version).opens_late)

    async def _prove(self, gateway: Gateway, instance: Registered) -> bool:
        """Learn whether what was made there was made by us: only then did our create succeed. Whether that was told."""
        operation = instance.operation
        if operation is None or operation.action not in NEED_TOKEN or operation.token_sealed is None:
            return True
        token = self._parts.keyring.unseal(operation.token_sealed)
        answer = await gateway.memory(instance.name, token)
        if isinstance(answer, Failed) and answer.code is Code.INSTANCE_EXISTS:
            self.found.foreign.add(instance.id)
            return True
        return not isinstance(answer, Failed)

    async def _look(self, gateway: Gateway, one: Look) -> None:
        """Look at a webhook and repair it where it is ours to repair: never what leads elsewhere."""
        async with self._gate:
            if self._unanswered >= GIVE_UP_AFTER:
                return
            wanted = webhook_target.target(self._parts, self.found.server, one.instance)
            found = await webhook_target.look(gateway, one.instance.name, wanted)
            repair = not isinstance(found, Failed) and found.state in _OURS_TO_REPAIR and _may_repair(one.instance)
            if repair:
                found = await webhook_target.put(gateway, one.instance.name, wanted)
            if isinstance(found, Failed):
                self._unanswered += 1
                return
            self._unanswered = 0
            self.found.learned = found.taken or self.found.learned
            self.found.webhooks.append(
                Looked(
                    server_id=self.found.server.id,
                    instance_id=one.instance.id,
                    instance_name=one.instance.name,
                    state=found.state,
                    host=found.host,
                    at=self._parts.now(),
                    repaired=repair,
                )
            )


def _offered(server: Server, made: Plan) -> Plan:
    """The plan without looks at webhooks where instances have none of their own."""
    return made if quirks(server.kind, server.version).sets_webhooks else replace(made, looks=())


def _may_repair(instance: Registered) -> bool:
    """Unless an unfinished delete has switched it off on purpose, or it was decided to leave it alone."""
    return instance.operation is None and instance.webhook_policy == "ours"


def _log(server: Server, made: Plan, *, dry: bool) -> None:
    """The plan, before anything is done of it."""
    logger.info(
        "plan",
        extra={
            "server_id": str(server.id),
            "dry_run": dry,
            "reads": dict(Counter(read.why.value for read in made.reads)),
            "looks": dict(Counter(one.why.value for one in made.looks)),
            "doubtful": [str(r.instance.id) for r in made.reads if r.why.is_doubt][:NAMES_LOGGED],
            "unmanaged": len(made.unmanaged),
        },
    )
