"""What may happen to a fleet, in any order: each rule is one thing that a gateway, a phone, a colleague or we do."""

import json
from contextlib import suppress
from typing import ClassVar
from urllib.error import HTTPError
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.integration.truth.world import World
from tests.vendor import ask, create_there, delete_there

SERVERS = st.integers(0, 1)
PICKS = st.integers(0, 99)
NUMBERS = st.sampled_from(["628110000001", "628110000002", "628110000003"])
CODES = st.sampled_from([401, 401, 402, 403, 406, 408, 428, 440, 500, 503, 515])
ROUTES = st.sampled_from(
    [None, ["fetchInstances"], ["connectionState"], ["webhook_find"], ["fetchInstances", "connectionState"]]
)
FAULTS = st.sampled_from(
    [
        {"status": 503},
        {"status": 401},
        {"garbage": True},
        {"truncate": True},
        {"lie": True},
        {"empty_list": True},
        {"half_list": True},
        {"slow_s": 0.2},
    ]
)
OFFSETS = st.sampled_from([-10800.0, 0.0, 10800.0, 90.0])
MOST = 5


class Fleet(RuleBasedStateMachine):
    """P4: after the last fault, two sweeps bring the registry to reality."""

    world: ClassVar[World]

    @initialize()
    def begin(self) -> None:
        self.world.begin()
        self.faulty = [False, False]
        for server in (0, 1):
            self.world.create(server)

    def picked(self, pick: int) -> tuple[int, str, str] | None:
        """One registered instance: its server's number, its name, its id."""
        rows = self.world.registry()
        if not rows:
            return None
        row = rows[pick % len(rows)]
        return row["gateway"], row["instance_name"], str(row["id"])

    def lab(self, pick: int, action: str, body: dict[str, object]) -> None:
        """Something happens to an instance; what is impossible in its state does not."""
        found = self.picked(pick)
        if found:
            with suppress(HTTPError):
                self.world.gateways[found[0]].control(f"instances/{quote(found[1])}/{action}", body)

    # --- our own operators

    @precondition(lambda self: not any(self.faulty) and len(self.world.registry()) < MOST)
    @rule(server=SERVERS)
    def create(self, server: int) -> None:
        self.world.create(server)

    @rule(pick=PICKS)
    def connect(self, pick: int) -> None:
        if found := self.picked(pick):
            self.world.api.post(f"/api/instances/{found[2]}/connect")

    @precondition(lambda self: not any(self.faulty))
    @rule(pick=PICKS)
    def delete(self, pick: int) -> None:
        if found := self.picked(pick):
            self.world.api("DELETE", f"/api/instances/{found[2]}")

    # --- phones and WhatsApp

    @rule(pick=PICKS, number=NUMBERS)
    def pair(self, pick: int, number: str) -> None:
        self.lab(pick, "pair", {"number": number})

    @rule(pick=PICKS, code=CODES)
    def drop(self, pick: int, code: int) -> None:
        """401 is the phone's owner who removes the device."""
        self.lab(pick, "drop", {"code": code})

    @rule(pick=PICKS)
    def qr_limit(self, pick: int) -> None:
        self.lab(pick, "qr-limit", {})

    @rule(pick=PICKS, on=st.booleans())
    def offline(self, pick: int, on: bool) -> None:
        """WhatsApp is out of reach: 2.x says so in its memory alone, and sends no event."""
        self.lab(pick, "offline", {"on": on})
        found = self.picked(pick)
        if found:
            self.world.dialling.add(found[1])

    @rule(pick=PICKS, number=NUMBERS)
    def lose_touch(self, pick: int, number: str) -> None:
        """A known, connected number loses touch with WhatsApp while webhooks are lost: no list and no event tells."""
        found = self.picked(pick)
        if found:
            self.pair(pick, number)
            self.world.gateways[found[0]].control("webhooks", {"deliver": False})
            self.world.settle()
            self.world.scheduled()
            self.offline(pick, on=True)

    # --- colleagues on the server itself

    @precondition(lambda self: not any(self.faulty))
    @rule(pick=PICKS)
    def delete_behind_our_back(self, pick: int) -> None:
        found = self.picked(pick)
        if found and self.there(found):
            delete_there(self.world.gateways[found[0]], found[1])

    @precondition(lambda self: not any(self.faulty))
    @rule(pick=PICKS)
    def bring_back(self, pick: int) -> None:
        found = self.picked(pick)
        if found and found[1] not in self.world.gateways[found[0]].instances():
            create_there(self.world.gateways[found[0]], found[1])

    @precondition(lambda self: not any(self.faulty))
    @rule(pick=PICKS)
    def log_out_behind_our_back(self, pick: int) -> None:
        found = self.picked(pick)
        if found:
            path = f"/instance/logout/{quote(found[1])}"
            ask(self.world.gateways[found[0]], "DELETE", path, expected={200, 400, 404, 500})

    def there(self, found: tuple[int, str, str]) -> bool:
        one = self.world.gateways[found[0]].instances().get(found[1])
        return one is not None and one["loaded"]

    # --- servers and networks

    @rule(server=SERVERS)
    def process_restart(self, server: int) -> None:
        self.world.gateways[server].control("process-restart")

    @rule(server=SERVERS, fault=FAULTS, routes=ROUTES, times=st.sampled_from([None, None, 3]))
    def break_down(self, server: int, fault: dict[str, object], routes: list[str] | None, times: int | None) -> None:
        self.faulty[server] = True
        self.world.gateways[server].control("faults", {**fault, "routes": routes, "times": times})

    @rule(server=SERVERS)
    def mend(self, server: int) -> None:
        self.faulty[server] = False
        self.world.mend(server)

    @rule(server=SERVERS, deliver=st.booleans(), offset=OFFSETS)
    def webhooks(self, server: int, deliver: bool, offset: float) -> None:
        """Webhooks are lost for a while, or the server's clock is set."""
        self.world.gateways[server].control("webhooks", {"deliver": deliver, "clock_offset_s": offset})

    # --- our own machinery

    @rule()
    def sweep(self) -> None:
        self.world.scheduled()

    @rule()
    def wake(self) -> None:
        self.world.woken()

    def teardown(self) -> None:
        """The last fault ends. Clocks stay wrong, what was lost stays lost, and who cannot be reached stays so."""
        for server in (0, 1):
            self.world.mend(server)
        differing = self.world.differences()
        assert not differing, json.dumps(differing, indent=1)
