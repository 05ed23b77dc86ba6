"""What happens is written down for as long as asked, and what goes wrong raises an alarm."""

import pytest

from sambung.domain import alerts
from sambung.edge import observing
from sambung.edge.observing import Metric
from tests.unit.infrastructure import stack

ALARMS = stack.resources("AWS::CloudWatch::Alarm")
OURS = {name: own for name, own in ALARMS.items() if own.get("Namespace") == "Sambung"}
FUNCTIONS = ["HealthCheck", "ManageInstance", "Reconciler", "Webhook"]


def alarms(metric: str) -> set[str]:
    """Name what the alarms on a metric look at."""
    return {name for own in ALARMS.values() if own.get("MetricName") == metric for name in watched(own)}


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


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_tells_the_topic_when_it_begins_and_when_it_ends(name: str) -> None:
    own = ALARMS[name]
    assert own["AlarmActions"]["Fn::If"][1] == own["OKActions"]["Fn::If"][1] == [{"Ref": "AlarmTopicArn"}]


@pytest.mark.parametrize("name", sorted(name for name, own in ALARMS.items() if "AWS/" in own.get("Namespace", "")))
def test_what_must_never_happen_raises_its_alarm_at_the_first(name: str) -> None:
    assert (ALARMS[name]["ComparisonOperator"], ALARMS[name]["Threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.parametrize(
    ("metric", "statistic", "minutes", "holds", "threshold"),
    [
        (Metric.INSTANCE_SYNC_EVENTS, "Sum", 60, "GreaterThanThreshold", alerts.SYNC_EVENTS_ALLOWED),
        (Metric.VERIFICATION_FAILURES_IN_ROW, "Maximum", 1, "GreaterThanThreshold", alerts.FAILURES_IN_ROW_ALLOWED),
        (Metric.SERVERS_DOWN, "Minimum", 2, "GreaterThanThreshold", 0),
        (Metric.WEBHOOK_AUTH_FAILURES, "Sum", 10, "GreaterThanThreshold", alerts.REFUSALS_ALLOWED),
        (Metric.OVERFLOW_DEPTH, "Minimum", 15, "GreaterThanThreshold", 0),
        (Metric.RECONCILE_COMPLETED, "Sum", 15, "LessThanThreshold", 1),
    ],
)
def test_an_alarm_has_the_threshold_of_its_rule_over_all_functions_of_the_stage(
    metric: Metric, statistic: str, minutes: int, holds: str, threshold: int
) -> None:
    (own,) = (own for own in OURS.values() if own["MetricName"] == metric)
    assert (own["Statistic"], own["Period"] * own["EvaluationPeriods"]) == (statistic, minutes * 60)
    assert (own["ComparisonOperator"], own["Threshold"]) == (holds, threshold)
    assert own["Dimensions"] == [{"Name": observing.STAGE, "Value": {"Ref": "Stage"}}]


def test_the_windows_of_the_alarms_are_those_of_the_rules() -> None:
    windows = {own["MetricName"]: own["Period"] * own["EvaluationPeriods"] for own in OURS.values()}
    assert windows[Metric.INSTANCE_SYNC_EVENTS] == alerts.SYNC_WINDOW.total_seconds()
    assert windows[Metric.SERVERS_DOWN] == alerts.SERVER_DOWN_AFTER.total_seconds()
    assert windows[Metric.WEBHOOK_AUTH_FAILURES] == alerts.REFUSALS_WINDOW.total_seconds()
    assert windows[Metric.RECONCILE_COMPLETED] == alerts.RECONCILED_WITHIN.total_seconds()


def test_silence_raises_an_alarm_where_it_means_that_nobody_reconciles_and_nowhere_else() -> None:
    breaching = {name for name, own in ALARMS.items() if own["TreatMissingData"] == "breaching"}
    assert breaching == {"ReconcileMissingAlarm"}


def test_the_success_rate_is_judged_over_seven_days_of_at_least_fifty_searches() -> None:
    own = ALARMS["SyncSuccessRateAlarm"]
    judged, *measured = own["Metrics"]
    assert judged["Expression"] == f"IF(searches >= {alerts.SAMPLES_TO_JUDGE}, rate)"
    assert {one["Id"]: one["MetricStat"]["Stat"] for one in measured} == {"rate": "Average", "searches": "SampleCount"}
    assert {one["MetricStat"]["Metric"]["MetricName"] for one in measured} == {Metric.SYNC_SUCCESS_RATE}
    assert {one["MetricStat"]["Period"] for one in measured} == {alerts.SUCCESS_WINDOW.total_seconds()}
    assert (own["ComparisonOperator"], own["Threshold"]) == ("LessThanThreshold", alerts.SUCCESS_PERCENT)
