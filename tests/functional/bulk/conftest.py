"""Operations on many instances in process: the admin API, and the worker as its queue calls it."""

from collections.abc import Callable
from typing import Any

import pytest

from manage_instance.bulk_consuming import consume
from sambung.edge.wiring import Parts
from simulator.process import SimulatorProcess
from tests.calling import Api, FakeContext
from tests.functional.manage_instance.conftest import api, clean_gateway, client_id, gateway, parts, server
from tests.vendor import create_there

__all__ = ["api", "clean_gateway", "client_id", "gateway", "parts", "server"]

Work = Callable[[str], list[str]]
Fleet = Callable[..., dict[str, str]]


@pytest.fixture
def work(parts: Parts) -> Work:
    """Gives an operation one turn; the messages that must come again."""

    def turn(operation_id: str, *, remaining_ms: int = 29_000) -> list[str]:
        body = f'{{"work": ["{operation_id}"]}}'
        record = {"messageId": "m", "receiptHandle": "r", "body": body, "eventSource": "aws:sqs", "attributes": {}}
        answer = consume(parts, {"Records": [record]}, FakeContext(remaining_ms))  # type: ignore[arg-type]
        return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]

    return turn


@pytest.fixture
def fleet(api: Api, clean_gateway: SimulatorProcess, server: dict[str, Any], client_id: str) -> Fleet:
    """Instances of one client, by name."""

    def made(*names: str, client: str | None = None) -> dict[str, str]:
        for name in names:
            create_there(clean_gateway, name)
        body = {"client_id": client or client_id, "server_id": server["id"], "instance_names": list(names)}
        reply = api.post("/api/instances/sync", body)
        assert reply.status == 200 and reply.json["failed"] == [], reply.text
        return {one["instance_name"]: one["instance_id"] for one in reply.json["synced"]}

    return made
