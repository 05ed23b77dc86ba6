"""The published table of scenarios is complete and is the generated one."""

from __future__ import annotations

from docs import scenarios
from docs.scenarios import SCENARIOS
from sambung.domain.diagnosis.diagnose import RULES


def test_every_rule_has_a_scenario() -> None:
    assert {one.code for one in SCENARIOS} == {rule.code for rule in RULES}


def test_every_scenario_has_its_own_name() -> None:
    names = [one.name for one in SCENARIOS]
    assert len(names) == len(set(names))


def test_the_committed_table_is_the_generated_one() -> None:
    assert scenarios.COMMITTED.read_text(encoding="utf-8") == scenarios.text(), "run: python -m docs.scenarios"
