"""The webhook function starts often and must not pay for what it does not use."""

import subprocess
import sys


def test_the_webhook_parser_starts_without_a_client() -> None:
    code = "import sys, sambung.gateways.evolution.webhooks; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    ).stdout.split()
    assert "sambung.gateways.strict_json" in loaded
    assert {"httpx", "httpcore", "ssl", "pydantic", "asyncio"}.isdisjoint(loaded)
