"""Delete all: only what was previewed, only by who saw it, once; with progress, and an end for each."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from sambung.edge.wiring import Parts, utc_now
from simulator.process import SimulatorProcess
from tests.calling import Api, Reply
from tests.functional.bulk.conftest import Fleet, Work
from tests.vendor import create_there, point_elsewhere


def preview(api: Api, **body: object) -> Any:
    reply = api.post("/api/instances/delete-all/preview", body)
    assert reply.status == 200, reply.text
    return reply.json


def confirm(api: Api, shown: Any, count: int | None = None) -> Reply:
    wanted = shown["count"] if count is None else count
    return api.post("/api/instances/delete-all", {"confirm_token": shown["confirm_token"], "confirm_count": wanted})


def progress(api: Api, reply: Reply) -> Any:
    return api.get(f"/api/operations/{reply.json['operation_id']}").json


def test_what_was_previewed_is_deleted_on_the_server_and_here_and_nothing_else(
    api: Api, fleet: Fleet, work: Work, clean_gateway: SimulatorProcess
) -> None:
    fleet("a-1", "a-2", "a-3")
    other = api.post("/api/clients", {"name": "Lain"}).json["id"]
    kept = fleet("b-1", client=other)
    create_there(clean_gateway, "stranger")
    mine = next(one["id"] for one in api.get("/api/clients").json["items"] if one["id"] != other)
    shown = preview(api, client_id=mine)
    assert (shown["count"], [one["instance_name"] for one in shown["instances"]]) == (3, ["a-1", "a-2", "a-3"])
    begun = confirm(api, shown)
    assert begun.status == 202, begun.text
    waiting = progress(api, begun)
    assert (waiting["state"], waiting["done"], waiting["total"]) == ("running", 0, 3)
    assert work(begun.json["operation_id"]) == []
    done = progress(api, begun)
    assert (done["state"], done["done"], done["failed"], done["unknown"]) == ("succeeded", 3, [], [])
    assert {one["state"] for one in done["children"]} == {"succeeded"}
    assert [one["id"] for one in api.get("/api/instances").json["items"]] == list(kept.values())
    assert sorted(clean_gateway.instances()) == ["b-1", "stranger"]


def test_a_wrong_count_another_user_and_a_made_up_token_delete_nothing(api: Api, fleet: Fleet, parts: Parts) -> None:
    fleet("a-1")
    shown = preview(api)
    for reply in (
        confirm(api, shown, 2),
        confirm(api, {**shown, "confirm_token": "x" * 43}),
        confirm(somebody_else(api), shown),
    ):
        assert (reply.status, reply.json["code"]) == (409, "confirm_mismatch")
    assert len(api.get("/api/instances").json["items"]) == 1
    assert confirm(api, shown).status == 202
    again = confirm(api, shown)
    assert (again.status, again.json["params"]["cause"]) == (409, "used")


def somebody_else(api: Api) -> Api:
    """Another admin."""

    def handler(event: Any, context: Any) -> dict[str, Any]:
        event["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:username"] = "budi"
        return api._handler(event, context)

    return Api(handler)


def test_a_confirmation_is_good_for_five_minutes(api: Api, fleet: Fleet, parts: Parts) -> None:
    fleet("a-1")
    shown = preview(api)
    parts.now = lambda: utc_now() + timedelta(minutes=5, seconds=1)
    reply = confirm(api, shown)
    assert (reply.status, reply.json["code"], reply.json["params"]["cause"]) == (409, "confirm_mismatch", "expired")


@pytest.mark.parametrize("change", ["added", "gone"])
def test_a_list_that_changed_since_the_preview_is_a_conflict(api: Api, fleet: Fleet, change: str) -> None:
    made = fleet("a-1", "a-2")
    shown = preview(api)
    if change == "added":
        fleet("a-3")
    else:
        api.post(f"/api/instances/{made['a-1']}/release")
    reply = confirm(api, shown)
    assert (reply.status, reply.json["code"]) == (409, "conflict")


def test_what_belongs_to_somebody_elses_system_is_not_taken_by_force(
    api: Api, fleet: Fleet, work: Work, clean_gateway: SimulatorProcess
) -> None:
    fleet("a-1", "a-2")
    point_elsewhere(clean_gateway, "a-2")
    begun = confirm(api, preview(api))
    work(begun.json["operation_id"])
    done = progress(api, begun)
    assert (done["state"], done["done"], done["failed"]) == ("failed", 2, ["a-2"])
    codes = {one["instance_name"]: one["error"] and one["error"]["code"] for one in done["children"]}
    assert codes == {"a-1": None, "a-2": "webhook_elsewhere"}
    assert list(clean_gateway.instances()) == ["a-2"]


def test_a_cancelled_one_begins_nothing_more_and_may_be_cancelled_again(api: Api, fleet: Fleet, work: Work) -> None:
    fleet("a-1", "a-2")
    begun = confirm(api, preview(api))
    cancel = f"/api/operations/{begun.json['operation_id']}/cancel"
    assert api.as_("[viewer]").post(cancel).status == 403
    for _ in range(2):
        stopped = api.as_("[operator]").post(cancel)
        assert (stopped.status, stopped.json["state"], stopped.json["cancelled"]) == (200, "cancelled", 2)
    work(begun.json["operation_id"])
    assert progress(api, begun)["done"] == 0
    assert len(api.get("/api/instances").json["items"]) == 2


def test_what_is_over_or_concerns_one_instance_cannot_be_cancelled(api: Api, fleet: Fleet, work: Work) -> None:
    made = fleet("a-1", "a-2")
    single = api.post(f"/api/instances/{made['a-1']}/set-webhook").json["operation_id"]
    begun = confirm(api, preview(api))
    work(begun.json["operation_id"])
    for one in (single, begun.json["operation_id"]):
        reply = api.post(f"/api/operations/{one}/cancel")
        assert (reply.status, reply.json["code"]) == (409, "conflict")
    assert api.post(f"/api/operations/{uuid4()}/cancel").status == 404


def test_a_busy_instance_is_asked_again_and_in_the_end_said_to_be_busy(
    api: Api, fleet: Fleet, work: Work, parts: Parts
) -> None:
    made = fleet("a-1", "a-2")
    with parts.database.transaction() as connection:
        connection.execute(
            "INSERT INTO operations (session_id, instance_name, action, state, actor, correlation_id)"
            " VALUES (%s, 'a-1', 'connect', 'running', 'x', 'x')",
            [made["a-1"]],
        )
    begun = confirm(api, preview(api))
    work(begun.json["operation_id"])
    assert (progress(api, begun)["state"], progress(api, begun)["done"]) == ("running", 1)
    parts.now = lambda: utc_now() + timedelta(minutes=3)
    work(begun.json["operation_id"])
    done = progress(api, begun)
    assert (done["state"], done["failed"]) == ("failed", ["a-1"])
    assert done["children"][0]["error"]["code"] == "instance_busy"


def test_a_server_deletes_at_least_two_at_a_time(
    api: Api, fleet: Fleet, work: Work, clean_gateway: SimulatorProcess
) -> None:
    fleet(*(f"a-{n}" for n in range(6)))
    clean_gateway.control("faults", {"slow_s": 0.2})
    begun = confirm(api, preview(api))
    work(begun.json["operation_id"])
    clean_gateway.control("faults", method="DELETE")
    done = progress(api, begun)
    spans = [api.get(f"/api/operations/{one['operation_id']}").json for one in done["children"]]
    first, second = sorted((one["created_at"], one["ended_at"]) for one in spans)[:2]
    assert done["done"] == 6
    assert second[0] < first[1]


def test_a_turn_that_has_no_time_left_begins_nothing(api: Api, fleet: Fleet, work: Work) -> None:
    fleet("a-1")
    begun = confirm(api, preview(api))
    work(begun.json["operation_id"], remaining_ms=5_000)  # type: ignore[call-arg]
    assert (progress(api, begun)["state"], progress(api, begun)["done"]) == ("running", 0)
    work(begun.json["operation_id"])
    assert progress(api, begun)["state"] == "succeeded"


def test_the_same_key_confirms_once(api: Api, fleet: Fleet) -> None:
    fleet("a-1")
    shown = preview(api)
    body = {"confirm_token": shown["confirm_token"], "confirm_count": 1}
    first, again = (api.post("/api/instances/delete-all", body, headers={"idempotency-key": "k"}) for _ in range(2))
    assert (first.status, again.status, first.json) == (202, 202, again.json)
