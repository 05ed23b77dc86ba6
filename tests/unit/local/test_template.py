"""What the stack does is what template.yaml says."""

from pathlib import Path

import pytest

from local import intrinsics
from local.errors import StackError
from local.intrinsics import Resolver, World
from local.settings import ROOT
from local.template import JwtAuthorizer, Template, Throttle

WORLD = World(
    parameters={
        "Stage": "local",
        "DatabaseUrlSecretArn": "arn:db",
        "KeysSecretArn": "arn:keys",
        "PublicUrl": "http://x",
    },
    references={"UserPool": "pool-1", "UserPoolClient": "client-1", "OverflowQueue": "http://q/overflow"},
    attributes={"OverflowQueue.Arn": "arn:aws:sqs:us-east-1:123456789012:OverflowQueue"},
    secrets={"arn:db": "postgresql://db", "arn:keys": "k1,k2"},
)


def tree(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    return intrinsics.load(path)


BITS = """
Parameters:
  Name: {Type: String, Default: world}
  Many: {Type: CommaDelimitedList, Default: "a, b"}
Conditions:
  Holds: !Equals [!Ref Name, world]
  Fails: !Not [!Condition Holds]
  Both: !And [!Condition Holds, !Not [!Condition Fails]]
  Either: !Or [!Condition Fails, !Condition Holds]
Mappings: {Sizes: {big: {memory: 512}}}
Resources:
  Thing: {Type: "X::Y"}
Values:
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("!Ref Name", "world"),
        ("!Ref Many", ["a", "b"]),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref Thing", "Thing"),
        ("!GetAtt Thing.Arn", "arn:aws:local:us-east-1:123456789012:Thing"),
        ("{'Fn::GetAtt': [Thing, Arn]}", "arn:aws:local:us-east-1:123456789012:Thing"),
        ("!Sub 'hello ${Name} ${!Literal} ${AWS::AccountId}'", "hello world ${Literal} 123456789012"),
        ("!Sub ['${Own}-${Name}', {Own: !Ref AWS::Partition}]", "aws-world"),
        ("!If [Both, [1, !Ref AWS::NoValue], 2]", [1]),
        ("!If [Fails, 1, 2]", 2),
        ("{a: !If [Either, !Ref AWS::NoValue, 1], b: 2}", {"b": 2}),
        ("!Join ['-', [a, !Ref Name]]", "a-world"),
        ("!Select [1, !Split ['.', 'a.b']]", "b"),
        ("!FindInMap [Sizes, big, memory]", 512),
        ("'{{resolve:secretsmanager:arn:db:SecretString:::v1}}'", "postgresql://db"),
    ],
)
def test_a_function_has_its_local_value(tmp_path: Path, expression: str, value: object) -> None:
    found = tree(tmp_path, f"{BITS}  x: {expression}")
    assert Resolver(found, WORLD).resolve(intrinsics.mapping(found["Values"], "Values")["x"]) == value


@pytest.mark.parametrize("expression", ["!Ref Nobody", "!Cidr [a, b, c]", "!Sub '${Nobody}'", "!GetAtt Nobody.Arn"])
def test_what_has_no_local_value_is_named(tmp_path: Path, expression: str) -> None:
    found = tree(tmp_path, f"{BITS}  x: {expression}")
    with pytest.raises(StackError, match=r"Nobody|Cidr"):
        Resolver(found, WORLD).resolve(found["Values"])


def test_a_secret_without_a_local_value_is_named(tmp_path: Path) -> None:
    found = tree(tmp_path, f"{BITS}  x: '{{{{resolve:secretsmanager:arn:else:SecretString:::}}}}'")
    with pytest.raises(StackError, match="arn:else"):
        Resolver(found, WORLD).resolve(found["Values"])


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="not valid YAML"):
        tree(tmp_path, "a: [")
    with pytest.raises(StackError, match="is missing"):
        intrinsics.load(tmp_path / "nothing.yaml")


@pytest.fixture(scope="module")
def ours() -> Template:
    return Template(intrinsics.load(ROOT / "template.yaml"), WORLD)


def test_our_functions_have_code_layer_and_environment(ours: Template) -> None:
    functions = {function.name: function for function in ours.functions}
    assert set(functions) == {"ManageInstanceFunction", "WebhookFunction", "HealthCheckFunction", "ReconcilerFunction"}
    webhook = functions["WebhookFunction"]
    assert (webhook.handler, webhook.code, webhook.layers) == (
        "webhook.handler.lambda_handler",
        "functions/",
        ("layers/common/",),
    )
    assert webhook.environment["SAMBUNG_DATABASE_URL"] == "postgresql://db"
    assert webhook.environment["SAMBUNG_KEYS"] == "k1,k2"
    assert webhook.environment["SAMBUNG_STAGE"] == "local"
    assert webhook.environment["SAMBUNG_OVERFLOW_QUEUE_URL"] == "http://q/overflow"


def test_our_routes_are_authorized_except_doors_for_machines(ours: Template) -> None:
    free = {route.key for route in ours.routes if not route.authorized}
    assert free == {
        "GET /health",
        "POST /webhooks/{proxy+}",
        "GET /api/whatsapp/{proxy+}",
        "POST /api/whatsapp/{proxy+}",
    }
    assert "GET /api/instances/{id}/qr" in {route.key for route in ours.routes}


def test_our_authorizer_trusts_the_pool_and_its_client(ours: Template) -> None:
    expected = JwtAuthorizer("https://cognito-idp.us-east-1.amazonaws.com/pool-1", ("client-1",))
    assert ours.authorizer == expected


def test_our_schedules_queues_and_sources_are_found(ours: Template) -> None:
    assert {schedule.expression for schedule in ours.schedules} == {"rate(1 minute)", "rate(5 minutes)"}
    queues = {queue.name: queue for queue in ours.queues}
    overflow = queues["OverflowQueue"]
    assert overflow.dead_letter == "OverflowDeadLetterQueue"
    assert overflow.max_receives == 5
    # A queue can only name a dead letter queue that exists.
    names = list(queues)
    assert names.index("OverflowDeadLetterQueue") < names.index("OverflowQueue")
    sources = {source.queue: source for source in ours.sources}
    assert sources["OverflowQueue"].function == "WebhookFunction"
    assert sources["OverflowQueue"].partial_responses


def test_our_page_headers_forbid_what_is_not_ours(ours: Template) -> None:
    assert "default-src 'none'" in ours.page_headers["Content-Security-Policy"]
    assert ours.page_headers["X-Content-Type-Options"] == "nosniff"


def test_our_groups_are_the_roles(ours: Template) -> None:
    assert set(ours.groups) == {"viewer", "operator", "admin"}


def test_our_routes_are_throttled(ours: Template) -> None:
    assert all(route.throttle for route in ours.routes)


THROTTLED = """
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefaultRouteSettings: {ThrottlingRateLimit: 9}
      RouteSettings: {"GET /a": {ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/
      Handler: f.handler
      Events:
        A: {Type: HttpApi, Properties: {Method: get, Path: /a}}
        B: {Type: HttpApi, Properties: {Method: POST, Path: /b}}
        C: {Type: HttpApi}
"""


def test_a_route_has_its_own_throttle_or_the_apis(tmp_path: Path) -> None:
    throttles = {route.key: route.throttle for route in Template(tree(tmp_path, THROTTLED), WORLD).routes}
    assert throttles == {"GET /a": Throttle(1, 2), "POST /b": Throttle(9, 9), "$default": Throttle(9, 9)}
