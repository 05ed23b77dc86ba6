"""What happens is written down for as long as asked, and what goes wrong raises an alarm."""

import pytest

from tests.unit.infrastructure import stack

FUNCTIONS = ["HealthCheck", "ManageInstance", "Reconciler", "Webhook"]


def alarms(metric: str) -> set[str]:
    """Name what the alarms on a metric look at."""
    found = stack.resources("AWS::CloudWatch::Alarm").values()
    return {name for own in found if own["MetricName"] == metric for name in watched(own)}


def watched(alarm: stack.Tree) -> set[str]:
    (dimension,) = alarm["Dimensions"]
    return {next(stack.strings(dimension["Value"]))}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_writes_to_a_log_group_of_ours(name: str) -> None:
    assert stack.functions()[f"{name}Function"]["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}Logs"}}


def test_every_log_is_kept_for_the_days_asked_for() -> None:
    groups = stack.resources("AWS::Logs::LogGroup")
    assert groups.keys() == {*(f"{name}Logs" for name in FUNCTIONS), "ApiAccessLogs"}
    assert all(own["RetentionInDays"] == {"Ref": "LogRetentionDays"} for own in groups.values())


def test_a_dead_letter_raises_an_alarm() -> None:
    queues = {name for name, own in stack.resources("AWS::SQS::Queue").items() if "RedrivePolicy" not in own}
    assert alarms("ApproximateNumberOfMessagesVisible") == queues


def test_a_functions_error_raises_an_alarm() -> None:
    assert alarms("Errors") == {f"{name}Function" for name in FUNCTIONS}


def test_webhooks_turned_away_by_lambda_raise_an_alarm() -> None:
    assert alarms("Throttles") == {"WebhookFunction"}


@pytest.mark.parametrize("name", sorted(stack.resources("AWS::CloudWatch::Alarm")))
def test_an_alarm_fires_at_the_first_and_tells_the_topic(name: str) -> None:
    own = stack.resources("AWS::CloudWatch::Alarm")[name]
    assert (own["ComparisonOperator"], own["Threshold"]) == ("GreaterThanThreshold", 0)
    assert own["AlarmActions"]["Fn::If"][1] == own["OKActions"]["Fn::If"][1] == [{"Ref": "AlarmTopicArn"}]
