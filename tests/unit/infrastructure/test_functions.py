"""The functions run within what calls them, as what they were built for."""

import importlib

import pytest

from tests.unit.infrastructure import stack

NAMES = {
    "ManageInstanceFunction": "manage_instance",
    "WebhookFunction": "webhook",
    "HealthCheckFunction": "health_check",
    "ReconcilerFunction": "reconciler",
}
# API Gateway gives up after this; it cannot be raised.
API_GATEWAY_S = 30
EVERY = pytest.mark.parametrize("name", sorted(NAMES))


def test_there_are_the_four_functions() -> None:
    assert stack.functions().keys() == NAMES.keys()


@EVERY
def test_a_function_runs_on_the_platform_the_layer_is_built_for(name: str) -> None:
    own = stack.functions()[name]
    assert (own["Runtime"], own["Architectures"], own["Tracing"]) == ("python3.13", ["arm64"], "Active")
    assert own["Layers"] == [{"Ref": "CommonLayer"}]


@EVERY
def test_a_function_names_its_own_code_because_sam_build_rewrites_no_global_path(name: str) -> None:
    assert stack.resources("AWS::Serverless::Function")[name]["CodeUri"] == "functions/"


@EVERY
def test_a_handler_can_be_imported(name: str) -> None:
    module, _, attribute = stack.functions()[name]["Handler"].rpartition(".")
    assert module == f"{NAMES[name]}.handler"
    assert callable(getattr(importlib.import_module(module), attribute))


@pytest.mark.parametrize("name", ["ManageInstanceFunction", "WebhookFunction"])
def test_a_function_that_only_answers_requests_ends_before_api_gateway_does(name: str) -> None:
    assert stack.functions()[name]["Timeout"] < API_GATEWAY_S


def test_a_scheduled_run_ends_before_the_next_begins() -> None:
    unit = {"minute": 60, "minutes": 60}
    for name, schedule in stack.events("Schedule"):
        count, word = schedule["Schedule"].removeprefix("rate(").removesuffix(")").split()
        assert stack.functions()[name]["Timeout"] < int(count) * unit[word]


def test_health_is_checked_every_minute_and_reconciled_every_five() -> None:
    schedules = {name: own["Schedule"] for name, own in stack.events("Schedule")}
    assert schedules == {"HealthCheckFunction": "rate(1 minute)", "ReconcilerFunction": "rate(5 minutes)"}


@pytest.mark.parametrize("name", ["HealthCheckFunction", "ReconcilerFunction"])
def test_a_failed_scheduled_run_is_not_repeated_by_lambda(name: str) -> None:
    assert stack.functions()[name]["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_the_webhook_functions_concurrency_is_bounded_by_a_parameter() -> None:
    reserved = stack.functions()["WebhookFunction"]["ReservedConcurrentExecutions"]
    assert reserved["Fn::If"][1] == {"Ref": "WebhookReservedConcurrency"}


@EVERY
def test_a_function_gets_the_whole_environment(name: str) -> None:
    variables = stack.functions()[name]["Environment"]["Variables"]
    assert variables.keys() == {
        *("SAMBUNG_STAGE", "SAMBUNG_PUBLIC_URL", "SAMBUNG_DATABASE_URL", "SAMBUNG_KEYS"),
        *("SAMBUNG_OVERFLOW_QUEUE_URL", "SAMBUNG_CHECK_QUEUE_URL", "SAMBUNG_WORK_QUEUE_URL"),
        *("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"),
        *("SAMBUNG_SENDS_PER_MINUTE",),
        *(("SAMBUNG_DEAD_LETTER_QUEUE_URLS",) if name == "HealthCheckFunction" else ()),
        *(("SAMBUNG_FAN_OUT_OVER",) if name == "ReconcilerFunction" else ()),
    }
    assert variables["POWERTOOLS_SERVICE_NAME"] == NAMES[name]


@pytest.mark.parametrize(
    ("variable", "secret"), [("SAMBUNG_DATABASE_URL", "DatabaseUrlSecret"), ("SAMBUNG_KEYS", "KeysSecret")]
)
def test_a_secret_comes_from_secrets_manager_in_the_version_asked_for(variable: str, secret: str) -> None:
    value = stack.functions()["WebhookFunction"]["Environment"]["Variables"][variable]["Fn::Sub"]
    assert value == f"{{{{resolve:secretsmanager:${{{secret}Arn}}:SecretString:::${{{secret}Version}}}}}}"


def test_no_deployed_stage_can_be_called_local() -> None:
    assert "(?!local$)" in stack.template()["Parameters"]["Stage"]["AllowedPattern"]
