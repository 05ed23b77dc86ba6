"""SAM itself finds nothing to say, and makes of the template what we think it does.

SAM lives in an environment of its own, .venv-sam, because it pins what we use in other versions.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.infrastructure import stack

REQUIREMENTS = stack.ROOT / "requirements-sam.txt"
ENVIRONMENT = stack.ROOT / ".venv-sam"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "installed.sha256"
INSTALL_S = 600
# Lambda's limit for the policy that says who may call a function.
RESOURCE_POLICY_BYTES = 20480
STACK_NAME = "a-stack-name-of-32-characters-ok"
# SAM wants a region and some credentials even for what it does without them.
NOWHERE = {"AWS_DEFAULT_REGION": "ap-southeast-3", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}

pytestmark = pytest.mark.timeout(2 * INSTALL_S)


@pytest.fixture(scope="module")
def sam() -> Path:
    """Give the folder of SAM's programs, installed when needed; skip where the index does not answer, but not on CI."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not STAMP.exists() or STAMP.read_text() != wanted:
        for command in installation(shutil.which("uv")):
            done = run(command)
            if done.returncode:
                skip_unless_ci(f"SAM cannot be installed: {done.stderr.strip()[-300:]}")
        STAMP.write_text(wanted)
    return PYTHON.parent


def installation(uv: str | None) -> list[list[str | Path]]:
    """List the commands that make .venv-sam."""
    if uv:
        return [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT],
            [uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "--requirement", REQUIREMENTS],
        ]
    return [
        [sys.executable, "-m", "venv", "--clear", ENVIRONMENT],
        # With dependencies pip takes extras of a pinned package for unpinned ones.
        [PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--requirement", REQUIREMENTS],
    ]


def skip_unless_ci(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def expanded(sam: Path) -> stack.Tree:
    """Give the template as SAM expands it."""
    script = Path(__file__).with_name("expand_template.py")
    done = run([sam / "python", script, stack.TEMPLATE])
    assert not done.returncode, done.stderr
    tree: stack.Tree = json.loads(done.stdout)
    return tree


def run(command: list[str | Path], **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **NOWHERE, **variables}
    return subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False, env=environment)


def of_type(expanded: stack.Tree, kind: str) -> list[stack.Tree]:
    return [each["Properties"] for each in expanded["Resources"].values() if each["Type"] == kind]


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
