"""Starts the stack's own helpers (the AWS stand-in, simulated gateways), which say on one line when they are ready."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from local.children import tethered
from local.errors import StackError

READY_S = 60.0
STOP_S = 5.0


class Helper:
    """A child process of `python -m ...`; `url` is what it said."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def url(self) -> str:
        """Wait for its first line, and give the address in it."""
        stream = cast("asyncio.StreamReader", self._process.stdout)
        try:
            line = await asyncio.wait_for(stream.readline(), READY_S)
            return str(json.loads(line)["url"])
        except (TimeoutError, ValueError, KeyError):
            raise StackError(f"{self._name} did not start: its log is in the folder `logs` of SAMBUNG_HOME.") from None

    async def stop(self) -> None:
        """Ask it to end, then end it."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def start(name: str, arguments: Sequence[str], root: Path, log: Path) -> Helper:
    """Start `python -m` with the arguments from the repository's folder; its complaints go to the log file."""
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *tethered([sys.executable, "-m", *arguments], signal.SIGTERM),
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
            start_new_session=True,
        )
    return Helper(process, name)
