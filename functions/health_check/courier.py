"""Hands messages to channels, within a deadline whatever a channel does; never through one of our gateways."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeAlias

# Apprise's types of messages.
INFO: Final = "info"
WARNING: Final = "warning"
FAILURE: Final = "failure"
SUCCESS: Final = "success"
TIMEOUT: Final = "timeout"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message. `only_read`: find out whether the URL is one, and send nothing."""

    url: str
    title: str = ""
    body: str = ""
    grade: str = INFO
    only_read: bool = False


# Why each letter was not sent, None where it was: `url` cannot be read, `refused` address, `timeout`, `http_401` or
# any other status, `rejected` without one.
Deliver: TypeAlias = Callable[[Sequence[Letter], float], list[str | None]]


def deliverer(*, local: bool) -> Deliver:
    """Delivers with Apprise; `local`: the laptop's stage, which alone may dial its own machine and network."""

    def deliver(letters: Sequence[Letter], seconds: float) -> list[str | None]:
        if not letters:
            return []
        asked = json.dumps({"local": local, "letters": [asdict(one) for one in letters]})
        ended: dict[int, str | None] = {}
        for line in _answers(asked, seconds):
            said = json.loads(line)
            ended[said["at"]] = said["failure"]
        return [ended.get(at, TIMEOUT) for at in range(len(letters))]

    return deliver


def _answers(asked: str, seconds: float) -> list[str]:
    """What the process wrote before it ended or was killed."""
    # Without the environment: it holds our keys, and proxies that would dial in its stead.
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "health_check.apprise_process"],
            input=asked.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=max(seconds, 1.0),
            check=False,
            env=environment,
        )
        written = done.stdout
    except subprocess.TimeoutExpired as expired:
        written = expired.stdout or b""
    # A line that was cut off by the end is no answer.
    return [line for line in written.decode().splitlines(keepends=True) if line.endswith("\n")]
