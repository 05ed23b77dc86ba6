"""A cold start pays for every module: handlers load nothing slow before something needs it."""

import subprocess
import sys

import pytest

# Powertools itself loads the empty shell of botocore.
SLOW = {"boto3", "botocore.session", "httpx", "jinja2"}


def loaded_by(handler: str) -> set[str]:
    code = f"import sys, {handler}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("function", ["webhook", "manage_instance", "health_check", "reconciler"])
def test_a_handler_starts_without_what_only_some_events_need(function: str) -> None:
    loaded = loaded_by(f"{function}.handler")
    assert f"{function}.handler" in loaded
    assert loaded & SLOW == set()


def test_the_webhook_starts_without_what_only_the_admin_api_needs() -> None:
    assert loaded_by("webhook.handler") & {"pydantic", "aws_lambda_powertools.event_handler", "aiohttp"} == set()
