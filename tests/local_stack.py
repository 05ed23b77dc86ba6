"""The whole local stack in a process of its own, for tests that need all of it on free ports."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx

from local import function_log, home, keepsakes
from local.children import Mark
from local.settings import ROOT

READY_S = 90.0
STOP_S = 45.0


class StackProcess:
    """A stack started as `make up` starts it: `url`, `database_url`, `token(role)`, `password`, `logs(event)`."""

    def __init__(self, home_folder: Path, root: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
        self.home = home_folder
        self.root = root
        self._env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SAMBUNG_HOME": str(home_folder),
            "PORT": "0",
            "DEMO": "0",
            "SAMBUNG_SCHEDULES": "off",
            **(env or {}),
        }
        self.output = home_folder.with_name(f"{home_folder.name}.output")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and wait until it answers; raises AssertionError with its output."""
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "local", "--root", str(self.root), "up"],
                env=self._env,
                stdout=output,
                stderr=subprocess.STDOUT,
                # What a test sends to the stack must not reach the test.
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_S
        while self._run is None:
            ended = self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"the stack did not start: {self.output.read_text()}")
            time.sleep(0.05)
        return self

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    @property
    def _run(self) -> home.Run | None:
        run = home.running(self.home)
        return run if run and self._process and run.main.pid == self._process.pid else None

    @property
    def run(self) -> home.Run:
        """What the stack wrote down of itself."""
        assert self._run is not None, self.output.read_text()
        return self._run

    @property
    def url(self) -> str:
        return self.run.url

    @property
    def database_url(self) -> str:
        return self.run.database_url

    @property
    def children(self) -> tuple[Mark, ...]:
        return self.run.children

    @property
    def password(self) -> str:
        """The admin's."""
        return keepsakes.passwords(self.home, "")["admin"]

    def token(self, role: str = "admin") -> str:
        """A bearer token, got as the page gets it."""
        config = httpx.get(f"{self.url}/config.json").raise_for_status().json()
        secret = keepsakes.passwords(self.home, "")[role]
        answer = httpx.post(
            config["auth_url"],
            headers={
                "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
                "Content-Type": "application/x-amz-json-1.1",
            },
            json={
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": config["client_id"],
                "AuthParameters": {"USERNAME": role, "PASSWORD": secret},
            },
        )
        return str(answer.raise_for_status().json()["AuthenticationResult"]["IdToken"])

    def client(self, role: str = "admin") -> httpx.Client:
        """A client of the API with that role's token."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token(role)}"}, timeout=40)

    def logs(self, event: str | None = None) -> list[str]:
        """What functions logged, oldest first."""
        return function_log.entries(self.home / "logs", event)

    def kill(self) -> None:
        """End the main process as a crash does."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@contextmanager
def running_stack(
    home_folder: Path, *, demo: bool = False, root: Path = ROOT, env: Mapping[str, str] | None = None
) -> Iterator[StackProcess]:
    """A stack that answers, stopped afterwards; `env` adds variables such as SAMBUNG_PUBLIC_URL or PORT."""
    stack = StackProcess(home_folder, root, {"DEMO": "1" if demo else "0", **(env or {})}).start()
    try:
        yield stack
    finally:
        stack.stop()
