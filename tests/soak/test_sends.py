"""P6: messages over lines that are cut at any moment, each asked for again and again by several callers at once."""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, local
from typing import Any

import pytest
from cryptography.fernet import Fernet

from manage_instance import delivering
from manage_instance.handler import build
from sambung.edge.api import serve
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts
from sambung.store.connection import Connection, Database
from simulator.control import KEPT_REQUESTS
from simulator.process import SimulatorProcess
from tests.calling import Api, Reply
from tests.functional.sending.conftest import RECIPIENT, Fleet, connect_there, plain, sent
from tests.functional.sending.proxy import Fate, Proxy

__all__ = ["plain"]

MESSAGES = int(os.environ.get("SAMBUNG_SOAK_MESSAGES", "1000"))
CALLERS = 4
ASKED_AT_MOST = 3
CUT = 0.4
SENT, PERHAPS = "sent", "perhaps"


class Callers:
    """Several workers over one database, as Lambda has them: each thread its own parts."""

    def __init__(self, database_url: str) -> None:
        self._settings = Settings(
            "local", database_url, (Fernet.generate_key().decode(),), "http://127.0.0.1:9", None, None,
            sends_per_minute=1_000_000,
        )  # fmt: skip
        self._own = local()
        self._lock = Lock()
        self.opened: list[Parts] = []

    def parts(self) -> Parts:
        if not hasattr(self._own, "parts"):
            keyring = Keyring(self._settings.keys)
            opener = GatewayOpener(self._settings, keyring)
            self._own.parts = Parts(self._settings, Database(self._settings.database_url), keyring, opener)
            with self._lock:
                self.opened.append(self._own.parts)
        parts: Parts = self._own.parts
        return parts

    def api(self) -> Api:
        if not hasattr(self._own, "api"):
            app = build(self.parts())
            self._own.api = Api(lambda event, context: serve(app, event, context))
        api: Api = self._own.api
        return api


@pytest.fixture
def callers(database_url: str) -> Iterator[Callers]:
    made = Callers(database_url)
    yield made
    for parts in made.opened:
        parts.close()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("version", ["webjs", "2.3.6", "1.8.2"])
def test_no_message_reaches_a_gateway_twice_and_every_answer_is_true(
    callers: Callers, plain: Connection, seed: int, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "HAND_OVER_WITHIN_S", 1.0)
    monkeypatch.setattr(delivering, "SEARCH_WITHIN_S", 10.0)
    chance, lock = random.Random(seed), Lock()  # noqa: S311 - chance, not a secret
    cuts = [fate for fate in Fate if fate is not Fate.PASSED]

    def fate() -> Fate:
        with lock:
            return chance.choice(cuts) if chance.random() < CUT else Fate.PASSED

    is_node = version == "webjs"
    with (
        SimulatorProcess("1" if is_node else version, kind="webjs" if is_node else "evolution", speed=50) as server,
        Proxy(server.url, fate) as proxy,
    ):
        proxy.over.set()
        fleet = Fleet(callers.api(), callers.parts(), plain)
        number = fleet.number("webjs_1_soak", fleet.add(server, "webjs" if is_node else "evolution", url=proxy.url))
        fleet.change(number, instance_token_sealed=callers.parts().keyring.seal("token"), opened_since_pairing=True)
        if is_node:
            server.control(f"sessions/{number.name}/appear", {"number": "628111222333"})
        else:
            server.control("webhooks", {"deliver": False})
            connect_there(server, number.name, "token")
        answers: dict[str, list[Reply]] = defaultdict(list)

        def ask(text: str) -> None:
            plainly(plain, lock)
            reply = callers.api().post(
                f"/api/instances/{number.id}/messages",
                {"to": RECIPIENT, "text": text},
                headers={"idempotency-key": text},
            )
            answers[text].append(reply)

        wanted = [f"pesan {at}" for at in range(MESSAGES) for _ in range(chance.randint(1, ASKED_AT_MOST))]
        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(ask, wanted))
        assert len(server.state()["requests"]) < KEPT_REQUESTS, "it has forgotten the first ones"
        reached = Counter(sent(server, number.name))
    meanings = {text: {meaning(reply) for reply in replies} for text, replies in answers.items()}
    assert max(reached.values()) == 1
    assert [text for text, said in meanings.items() if SENT in said and (PERHAPS in said or reached[text] != 1)] == []
    assert [text for text, said in meanings.items() if not said & {SENT, PERHAPS} and reached[text]] == []
    told = Counter(word for said in meanings.values() for word in said)
    assert told[SENT] > MESSAGES / 4, told
    assert told[PERHAPS] > MESSAGES / 10, told


def plainly(plain: Connection, lock: Lock) -> None:
    """A line that is cut on purpose is no server to be left alone."""
    with lock:
        plain.execute("UPDATE servers SET breaker_failures = 0, breaker_openings = 0, breaker_open_until = NULL")


def meaning(reply: Reply) -> str:
    """What an answer says of its message."""
    body: dict[str, Any] = reply.json
    if reply.status == 201:
        return SENT
    return PERHAPS if body.get("params", {}).get("cause") == "maybe_sent" else str(body["code"])
