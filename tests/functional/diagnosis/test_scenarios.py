"""From what happens on a server to what the operator reads, through the real route."""

from __future__ import annotations

import json

import pytest

from docs.scenarios import SCENARIOS, Scenario
from sambung.edge.texts import title_and_detail
from tests.functional.diagnosis import stagings
from tests.functional.diagnosis.stage import Stage

STAGED = [one for one in SCENARIOS if one.unstaged is None]


@pytest.mark.parametrize("scenario", STAGED, ids=lambda one: one.name)
def test_a_scenario_leads_to_its_finding(scenario: Scenario, stage: Stage) -> None:
    getattr(stagings, scenario.name)(stage)
    found = stage.diagnosis()
    finding = next((one for one in found["findings"] if one["code"] == scenario.code), None)
    assert finding is not None, json.dumps(found, indent=1)
    assert (finding["severity"], finding["action"]) == (scenario.severity, scenario.next_step)
    title, _ = title_and_detail(scenario.code, {"cause": scenario.cause}, "en")
    assert finding["title"].startswith(title.partition("[")[0])
    if scenario.severity == "critical":
        assert found["reason"] == scenario.code, json.dumps(found["findings"], indent=1)
    for secret in (stage.home.api_key, stage.parts.settings.keys[0]):
        assert secret not in json.dumps(found)
