"""A sync of more than fifty goes on after its answer, with an end for each."""

from typing import Any

from simulator.process import SimulatorProcess
from tests.calling import Api
from tests.functional.bulk.conftest import Work
from tests.vendor import create_there


def test_more_than_fifty_are_taken_in_by_an_operation_and_again_changes_nothing(
    api: Api, server: dict[str, Any], client_id: str, clean_gateway: SimulatorProcess, work: Work
) -> None:
    names = [f"n-{n:02}" for n in range(52)]
    for name in names:
        create_there(clean_gateway, name)
    body = {"client_id": client_id, "server_id": server["id"]}
    begun = api.post("/api/instances/sync", body)
    assert begun.status == 202, begun.text
    for _ in range(5):
        work(begun.json["operation_id"])
        done = api.get(f"/api/operations/{begun.json['operation_id']}").json
        if done["state"] != "running":
            break
    assert (done["state"], done["done"], done["total"]) == ("succeeded", 52, 52)
    items = api.get("/api/instances?limit=500").json["items"]
    assert [one["instance_name"] for one in items] == names
    assert {one["webhook"]["state"] for one in items} == {"ok"}
    again = api.post("/api/instances/sync", body)
    assert (again.status, len(again.json["existing"])) == (200, 52)
