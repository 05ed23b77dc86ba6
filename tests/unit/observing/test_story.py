"""Each invocation leaves one line; what belongs together carries one correlation id; no error's message gets out."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from sambung.edge import observing
from sambung.edge.observing import Event, InvocationFailed, Metric

INSTANCE = UUID("11111111-2222-4333-8444-555555555555")
Lines = Callable[[], list[dict[str, Any]]]


class Stdout:
    """Standard output as it is when written to: pytest changes it between a fixture and its test."""

    def write(self, text: str) -> None:
        sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What was written since the last call, each line an object."""
    monkeypatch.setattr(observing.logger.handlers[0], "stream", Stdout())
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(told: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        name["Name"]: (line[name["Name"]], name["Unit"])
        for line in told
        if "_aws" in line
        for block in line["_aws"]["CloudWatchMetrics"]
        for name in block["Metrics"]
    }


def test_one_line_is_written_at_the_end_with_everything_that_was_bound(lines: Lines) -> None:
    with observing.story("schedule", "c-1") as told:
        told.bind(servers=3, nothing=None)
        told.bind(reachable=2)
        assert lines() == []
    (line,) = lines()
    assert (line["message"], line["level"], line["correlation_id"]) == ("schedule", "INFO", "c-1")
    assert (line["servers"], line["reachable"]) == (3, 2)
    assert line["duration_ms"] >= 0
    assert "nothing" not in line


def test_a_failure_is_told_by_type_and_place_and_its_message_by_nobody(lines: Lines) -> None:
    def inner() -> None:
        raise ValueError("canary")

    def fails() -> None:
        try:
            inner()
        except ValueError as error:
            raise LookupError("canary too") from error

    with pytest.raises(InvocationFailed) as failed, observing.story("queue"):
        fails()
    (line,) = lines()
    assert (line["level"], line["error"], line["cause"]) == ("ERROR", "LookupError", "ValueError")
    assert line["at"][-1].endswith(" fails")
    assert "canary" not in json.dumps(line)
    assert failed.value.__suppress_context__
    assert "canary" not in str(failed.value)
    assert str(failed.value).startswith("LookupError at test_story.py:")


def test_metrics_are_grouped_by_their_dimensions_and_come_before_the_line(lines: Lines) -> None:
    with observing.story("request") as told:
        told.measure(Metric.SERVERS_DOWN, 2)
        observing.measure(Metric.SERVER_LATENCY, 12)
        observing.measure(Metric.SERVER_LATENCY, 14)
        observing.measure(Metric.OPERATION_DURATION, 900, action="connect")
    *emitted, line = lines()
    assert line["message"] == "request"
    assert metrics(emitted) == {
        "ServersDown": ([2.0], "Count"),
        "ServerLatency": ([12.0, 14.0], "Milliseconds"),
        "OperationDuration": ([900.0], "Milliseconds"),
    }
    by_action = next(one for one in emitted if "OperationDuration" in one)
    assert by_action["action"] == "connect"
    (block,) = by_action["_aws"]["CloudWatchMetrics"]
    assert block["Namespace"] == "Sambung"
    # Alarms look at all functions of a stage together.
    assert [observing.STAGE] in block["Dimensions"]


def test_as_many_values_as_there_are_servers_can_be_measured(lines: Lines) -> None:
    with observing.story("schedule") as told:
        for n in range(250):
            told.measure(Metric.SERVER_LATENCY, n)
    values = [value for line in lines() if "_aws" in line for value in line["ServerLatency"]]
    assert sorted(values) == list(range(250))


@pytest.mark.parametrize("event", Event)
def test_a_named_event_is_a_line_of_its_own_with_both_addresses(event: Event, lines: Lines) -> None:
    with observing.story("request", "c-2"):
        observing.announce(event, instance_id=INSTANCE, old_url="https://a.example", new_url="https://b.example")
    line = lines()[0]
    assert (line["event"], line["message"], line["correlation_id"]) == (event.value, event.value, "c-2")
    assert (line["instance_id"], line["old_url"], line["new_url"]) == (
        str(INSTANCE),
        "https://a.example",
        "https://b.example",
    )


def test_syncs_and_failed_verifications_are_counted(lines: Lines) -> None:
    with observing.story("request"):
        for event in Event:
            observing.announce(event, instance_id=INSTANCE, old_url=None, new_url=None)
    assert {name: len(values) for name, (values, _) in metrics(lines()).items()} == {
        "InstanceSyncEvents": 1,
        "VerificationFailures": 1,
    }


def test_a_message_carries_the_id_to_the_invocation_it_causes(lines: Lines) -> None:
    with observing.story("request", "c-3"):
        sent = observing.carried()
    received = {
        "messageId": "m",
        "messageAttributes": {
            name: {"dataType": value["DataType"], "stringValue": value["StringValue"]} for name, value in sent.items()
        },
    }
    assert observing.correlation_of(received) == "c-3"
    assert observing.correlation_of({"messageId": "m", "messageAttributes": {}}) == "m"


def test_outside_of_an_invocation_nothing_is_kept_for_the_next(lines: Lines) -> None:
    observing.measure(Metric.SERVERS_DOWN, 1)
    observing.wrong(error="x")
    assert observing.carried() == {}
    with observing.story("request"):
        pass
    (line,) = lines()
    assert line["level"] == "INFO"


def test_what_runs_in_the_event_loop_belongs_to_the_invocation_that_started_it(lines: Lines) -> None:
    async def work() -> None:
        observing.measure(Metric.RECONCILE_READS)

    with observing.story("schedule", "c-4"):
        asyncio.run(work())
    assert metrics(lines())["ReconcileReads"] == ([1.0], "Count")
