"""Each function may do its own work and nothing else."""

import pytest

from tests.unit.infrastructure import stack

SEND = "sqs:SendMessage"
CONSUME = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
# X-Ray knows no resources.
TRACE = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
OWN = {
    "ManageInstance": {(SEND, "CheckQueue"), *((action, "WorkQueue") for action in (SEND, *CONSUME))},
    "Webhook": {
        (SEND, "OverflowQueue"),
        (SEND, "CheckQueue"),
        *((action, "OverflowQueue") for action in CONSUME),
    },
    "HealthCheck": {
        ("sqs:GetQueueAttributes", queue)
        for queue in ("OverflowQueue", "OverflowDeadLetterQueue", "CheckDeadLetterQueue", "WorkDeadLetterQueue")
    },
    "Reconciler": {(SEND, "WorkQueue"), *((action, "CheckQueue") for action in (SEND, *CONSUME))},
}
EVERY = pytest.mark.parametrize("name", sorted(OWN))


@EVERY
def test_a_function_may_do_only_its_own(name: str) -> None:
    logs = {(action, f"{name}Logs") for action in WRITE_LOGS}
    assert set(stack.statements(f"{name}Role")) == OWN[name] | logs | TRACE


@EVERY
def test_a_function_uses_its_own_role_to_which_sam_adds_nothing(name: str) -> None:
    function, role = stack.functions()[f"{name}Function"], stack.resources("AWS::IAM::Role")[f"{name}Role"]
    assert stack.arn_of(function["Role"]) == f"{name}Role"
    assert "ManagedPolicyArns" not in role
    assert "Policies" not in function


@EVERY
def test_only_lambda_may_take_a_functions_role(name: str) -> None:
    (trust,) = stack.resources("AWS::IAM::Role")[f"{name}Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_there_is_one_role_per_function_and_no_other() -> None:
    assert stack.resources("AWS::IAM::Role").keys() == {f"{name}Role" for name in OWN}


def test_nothing_but_tracing_is_allowed_on_every_resource() -> None:
    wide = {each for name in OWN for each in stack.statements(f"{name}Role") if "*" in each[1] or "*" in each[0]}
    assert wide == TRACE
