"""What the infrastructure tests read: template.yaml as plain values, with CloudFormation's functions in long form."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cfnlint.decode import decode

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "template.yaml"

# Values from YAML have no better type than this.
Tree = dict[str, Any]


class Route(NamedTuple):
    """One route of the HTTP API; `open` ones pass API Gateway without a token."""

    method: str
    path: str
    function: str
    open: bool


@cache
def template() -> Tree:
    tree, problems = decode(str(TEMPLATE))
    assert not problems, problems
    return dict(tree)


def resources(kind: str) -> dict[str, Tree]:
    """Properties by logical id of the resources of a type such as AWS::SQS::Queue."""
    found = template()["Resources"].items()
    return {name: resource.get("Properties", {}) for name, resource in found if resource["Type"] == kind}


def functions() -> dict[str, Tree]:
    """Properties of the functions, the globals and their own environment merged in."""
    shared = template()["Globals"]["Function"]
    merged = {}
    for name, own in resources("AWS::Serverless::Function").items():
        variables = shared["Environment"]["Variables"] | own["Environment"]["Variables"]
        merged[name] = {**shared, **own, "Environment": {"Variables": variables}}
    return merged


def events(kind: str) -> Iterator[tuple[str, Tree]]:
    """Yield (function's logical id, properties) of the events of a kind."""
    for name, own in functions().items():
        for event in own["Events"].values():
            if event["Type"] == kind:
                yield name, event["Properties"]


def routes() -> list[Route]:
    return [
        Route(own["Method"], own["Path"], name, own.get("Auth", {}).get("Authorizer") == "NONE")
        for name, own in events("HttpApi")
    ]


def statements(role: str) -> Iterator[tuple[str, str]]:
    """Yield every (action, resource) a role allows; a resource is `*` or the logical id whose Arn is given."""
    for policy in resources("AWS::IAM::Role")[role]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield action, resource if isinstance(resource, str) else arn_of(resource)


def arn_of(value: Tree) -> str:
    """Name the resource whose Arn a GetAtt gives."""
    name, attribute = value["Fn::GetAtt"]
    assert attribute == "Arn"
    return str(name)


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def strings(value: object) -> Iterator[str]:
    """Yield every string anywhere below a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
