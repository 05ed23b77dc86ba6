"""The route of the diagnosis: who reads what, and what is in it when all is well or nothing answers."""

from __future__ import annotations

import json
import time
from uuid import uuid4

from tests.functional.diagnosis.stage import Stage
from tests.functional.diagnosis.stagings import ghost_open, no_pairing_on_one_server, other_phone, webhook_taken


def test_a_connected_number_with_arriving_events_has_no_findings_and_four_green_answers(stage: Stage) -> None:
    stage.connected(webhooks=True)
    found = stage.diagnosis("[viewer]")
    assert (found["findings"], found["reason"], found["disagreements"]) == ([], None, [])
    assert [(one["question"], one["verdict"]) for one in found["questions"]] == [
        ("evolution_up", "ok"),
        ("webhook_connected", "ok"),
        ("why_no_qr", "ok"),
        ("next_step", "ok"),
    ]


def test_every_source_says_its_part_with_its_age(stage: Stage) -> None:
    stage.connected(webhooks=True)
    facts = stage.diagnosis()["facts"]
    said = {name: facts[name]["value"] for name in ("memory", "registry", "key_accepted", "version", "webhook_proven")}
    assert said == {
        "memory": "connected",
        "registry": "connected",
        "key_accepted": True,
        "version": "2.3.6",
        "webhook_proven": True,
    }
    assert facts["list"]["value"]["says"] == "connected"
    assert facts["webhook"]["value"]["state"] == "ok"
    assert facts["last_operation"]["value"]["action"] == "connect"
    assert facts["transitions"]["value"][0]["new"] == "connected"
    assert all(0 <= facts[name]["age_s"] < 60 for name in ("memory", "list", "server", "webhook", "last_event"))


def test_only_who_may_act_reads_phone_numbers(stage: Stage) -> None:
    other_phone(stage)
    for groups in ("[operator]", "[admin]"):
        assert stage.number in json.dumps(stage.diagnosis(groups))
    shown = stage.diagnosis("[viewer]")
    assert stage.number not in json.dumps(shown)
    assert "6281911111111" not in json.dumps(shown)
    assert "6281******111" in shown["findings"][0]["detail"]


def test_disagreements_are_named_with_what_each_source_says(stage: Stage) -> None:
    ghost_open(stage)
    named = {one["name"]: one["says"] for one in stage.diagnosis()["disagreements"]}
    assert named["ghost_open"] == {"memory": "disconnected", "list": "connected"}
    assert named["registry_behind"] == {"registry": "connected", "memory": "disconnected"}


def test_somebody_elses_webhook_is_named_with_its_host_only(stage: Stage) -> None:
    webhook_taken(stage)
    found = stage.diagnosis()
    assert {"name": "webhook_elsewhere", "says": {"webhook": "bot.example.com"}} in found["disagreements"]
    assert "bot.example.com/hook" not in json.dumps(found)


def test_the_texts_are_in_the_readers_language(stage: Stage) -> None:
    webhook_taken(stage)
    path = f"/api/instances/{stage.instance_id}/diagnosis"
    titles = {
        language: stage.api.get(path, headers={"accept-language": language}).json["findings"][0]["title"]
        for language in ("id", "en")
    }
    assert titles["id"] != titles["en"] == "The webhook points to another system"


def test_a_hung_server_elsewhere_costs_the_diagnosis_no_more_than_its_deadline(stage: Stage) -> None:
    stage.connected(webhooks=True)
    stage.server(stage.away, "VPS 2")
    stage.away.control("faults", {"slow_s": 10})
    started = time.monotonic()
    found = stage.diagnosis()
    assert time.monotonic() - started < 5
    assert found["facts"]["elsewhere"]["value"] == {"asked": 1, "answered": 0, "seen": []}
    assert found["findings"] == []


def test_one_number_that_came_through_ends_the_suspicion_of_an_outage(stage: Stage) -> None:
    no_pairing_on_one_server(stage)
    suspected = [one["code"] for one in stage.diagnosis()["findings"]]
    items = stage.api.get("/api/instances").json["items"]
    sibling = next(one for one in items if one["id"] != stage.instance_id)
    stage.pair(stage.home, sibling["instance_name"])
    stage.api.post(f"/api/instances/{sibling['id']}/connect")
    assert "upstream_pairing_outage" in suspected
    assert "upstream_pairing_outage" not in [one["code"] for one in stage.diagnosis()["findings"]]


def test_a_diagnosis_changes_nothing(stage: Stage) -> None:
    ghost_open(stage)
    look = "SELECT revision, status, needs_check FROM wa_sessions"
    before = stage.plain.execute(look).fetchone()
    stage.diagnosis()
    assert stage.plain.execute(look).fetchone() == before


def test_an_instance_nobody_knows_is_404(stage: Stage) -> None:
    assert stage.api.get(f"/api/instances/{uuid4()}/diagnosis").status == 404


def test_a_key_that_can_no_longer_be_read_is_asked_for_again_and_hides_no_other_server(stage: Stage) -> None:
    stage.connected(webhooks=True)
    other = stage.server(stage.away, "VPS 2")
    stage.plain.execute("UPDATE servers SET api_key_sealed = 'sealed with a lost key' WHERE id = %s", [other])
    assert stage.diagnosis()["findings"] == []
    stage.change("servers", api_key_sealed="sealed with a lost key")
    assert stage.diagnosis()["reason"] == "server_key_rejected"
