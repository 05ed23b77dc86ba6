"""Starts a simulated gateway as its own process, for tests and the demo fleet."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.request import ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

REPOSITORY = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 5.0
CONTROL_SECONDS = 30.0
_direct = build_opener(ProxyHandler({}))


class SimulatorProcess:
    """A running simulator. Use it as a context manager, or call `start` and `stop`.

    `url` is its address without a slash at the end; `state_file` makes instances outlive it; `options` are those of
    the kind alone, such as `("--backend", url)`.
    """

    def __init__(
        self,
        version: str,
        *,
        kind: str = "evolution",
        api_key: str = "lab-key",
        port: int = 0,
        speed: float = 1.0,
        state_file: Path | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.api_key = api_key
        self.url = ""
        self._command = [sys.executable, "-m", "simulator", "--kind", kind, "--version", version]
        self._command += ["--port", str(port), "--api-key", api_key, "--speed", str(speed)]
        if state_file is not None:
            self._command += ["--state", str(state_file)]
        self._command += options
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Start it and wait until it serves.

        Raises:
            RuntimeError: when it ended, or did not serve in time.
        """
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            self._command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        )
        self.url = self._ready_line(self._process)["url"]
        return self

    def _ready_line(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        try:
            line = process.stdout.readline() if process.stdout else ""
        finally:
            watchdog.cancel()
        if not line:
            self.stop()
            raise RuntimeError(f"the simulator did not start: {' '.join(self._command)}")
        ready: dict[str, Any] = json.loads(line)
        return ready

    def stop(self) -> None:
        """End it; harmless when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        if self._process is not None:
            self._process.kill()
        self.stop()

    def control(self, path: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> dict[str, Any]:
        """Call the laboratory, for example `control("instances/a/pair", {"number": "6281"})`.

        Raises:
            urllib.error.HTTPError: when it refuses.
        """
        request = Request(  # noqa: S310 - the address it printed itself
            f"{self.url}/_sim/{path.removeprefix('/_sim').strip('/')}",
            data=None if method in {"GET", "DELETE"} else json.dumps(body or {}).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with _direct.open(request, timeout=CONTROL_SECONDS) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def state(self) -> dict[str, Any]:
        """What it is in: instances, webhooks, delivered, requests, faults."""
        return self.control("state", method="GET")

    def instances(self) -> dict[str, Any]:
        """The instances alone, which is much less to read."""
        return self.control("instances", method="GET")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
