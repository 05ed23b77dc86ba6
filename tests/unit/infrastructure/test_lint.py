"""The linters and SAM itself find nothing to say, and SAM makes of the template what we think it does.

SAM lives in an environment of its own (requirements-sam.txt in .venv-sam): it pins what we use in other versions.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.infrastructure import stack

SAM_ENVIRONMENT = stack.ROOT / ".venv-sam" / "bin"
# Lambda's limit for the policy that says who may call a function.
RESOURCE_POLICY_BYTES = 20480
STACK_NAME = "a-stack-name-of-32-characters-ok"
# SAM wants a region and some credentials even for what it does without them.
NOWHERE = {"AWS_DEFAULT_REGION": "ap-southeast-3", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


@pytest.fixture(scope="module")
def sam() -> Path:
    """Give the folder of SAM's programs, or skip; on CI it must be there."""
    if not (SAM_ENVIRONMENT / "sam").exists():
        reason = (
            "SAM is not installed: uv venv .venv-sam && uv pip sync --python .venv-sam/bin/python requirements-sam.txt"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return SAM_ENVIRONMENT


@pytest.fixture(scope="module")
def expanded(sam: Path) -> stack.Tree:
    """Give the template as SAM expands it."""
    script = Path(__file__).with_name("expand.py")
    done = run([sam / "python", script, stack.TEMPLATE])
    assert not done.returncode, done.stderr
    tree: stack.Tree = json.loads(done.stdout)
    return tree


def run(command: list[str | Path], **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **NOWHERE, **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False, env=environment)


def of_type(expanded: stack.Tree, kind: str) -> list[stack.Tree]:
    return [each["Properties"] for each in expanded["Resources"].values() if each["Type"] == kind]


def test_cfn_lint_finds_nothing() -> None:
    done = run([Path(sys.executable).with_name("cfn-lint"), "--include-checks", "I", "--", stack.TEMPLATE])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_sam_validate_finds_nothing_without_an_account(sam: Path, tmp_path: Path) -> None:
    done = run(
        [sam / "sam", "validate", "--lint", "--template", stack.TEMPLATE], HOME=str(tmp_path), SAM_CLI_TELEMETRY="0"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is a valid SAM Template" in done.stdout


def test_sam_keeps_every_cors_rule(expanded: stack.Tree) -> None:
    (api,) = of_type(expanded, "AWS::ApiGatewayV2::Api")
    cors = api["Body"]["x-amazon-apigateway-cors"]
    assert cors.keys() == {"allowOrigins", "allowMethods", "allowHeaders", "exposeHeaders", "maxAge"}
    assert cors["allowOrigins"] == ["https://set-me.invalid"]


def test_sam_asks_for_a_token_on_every_route_that_is_not_open(expanded: stack.Tree) -> None:
    (api,) = of_type(expanded, "AWS::ApiGatewayV2::Api")
    for route in stack.routes():
        operation = api["Body"]["paths"][route.path][route.method.lower()]
        assert operation["security"] == [{"NONE" if route.open else "Oidc": []}]


def test_sam_adds_no_role(expanded: stack.Tree) -> None:
    assert len(of_type(expanded, "AWS::IAM::Role")) == len(stack.resources("AWS::IAM::Role"))


def test_a_functions_routes_fit_into_its_policy(expanded: stack.Tree) -> None:
    sizes = dict.fromkeys(stack.functions(), 0)
    for permission in of_type(expanded, "AWS::Lambda::Permission"):
        sizes[permission["FunctionName"]["Ref"]] += len(policy_entry(permission))
    assert max(sizes.values()) < RESOURCE_POLICY_BYTES


def policy_entry(permission: stack.Tree) -> str:
    """Write the entry that Lambda keeps for a permission."""
    function = permission["FunctionName"]["Ref"]
    entry = {
        "Sid": f"{STACK_NAME}-{function}PostInstancesDeleteAllPreviewPermission-ABCDEFGHIJKL",
        "Effect": "Allow",
        "Principal": {"Service": permission["Principal"]},
        "Action": permission["Action"],
        "Resource": f"arn:aws:lambda:ap-southeast-3:123456789012:function:{STACK_NAME}-{function}-ABCDEFGHIJKL",
        "Condition": {"ArnLike": {"AWS:SourceArn": max(stack.strings(permission["SourceArn"]), key=len)}},
    }
    return json.dumps(entry, separators=(",", ":"))
