"""bin/sambung: starts the stack and looks into it from other terminals."""

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

# What only one command needs is imported by it: the others answer at once.
from local import function_log, home
from local.children import end
from local.errors import StackError
from local.keepsakes import ROLES, passwords
from local.settings import ROOT, Settings, from_environment

FOLLOW_S = 0.3
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        settings = from_environment(os.environ, Path(options.root).resolve())
        return COMMANDS[options.command](settings, options)
    except StackError as error:
        sys.stderr.write(f"sambung: {error}\n")
        return 1
    except PermissionError as error:
        sys.stderr.write(
            f"sambung: not allowed: {error.filename} belongs to another user, give it to yourself by chown.\n"
        )
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sambung", description="Sambung on this machine.")
    parser.add_argument("--root", default=str(ROOT), help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start everything; Ctrl-C stops it")
    commands.add_parser("down", help="stop the stack that runs in SAMBUNG_HOME")
    commands.add_parser("status", help="say whether it runs, and where")
    token = commands.add_parser("token", help="print a bearer token for the running stack")
    token.add_argument("--role", choices=ROLES, default="admin")
    logs = commands.add_parser("logs", help="print what the functions logged, one JSON object per line")
    logs.add_argument("--event", help="only this event")
    logs.add_argument("--follow", action="store_true", help="go on as lines come")
    commands.add_parser("migrate", help="bring the running stack's database to the code's schema")
    return parser


def _up(settings: Settings, _: argparse.Namespace) -> int:
    # Logs, queues and the fleet's state are nobody else's business, whoever writes them.
    os.umask(0o077)
    return asyncio.run(_run(settings))


async def _run(settings: Settings) -> int:
    task = asyncio.ensure_future(_until_cancelled(settings))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only once: an impatient second Ctrl-C would interrupt the stopping.
        asyncio.get_running_loop().add_signal_handler(number, lambda: task.cancelling() or task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        print("Stopped.", flush=True)
    return 0


async def _until_cancelled(settings: Settings) -> None:
    from local import stack
    from local.demo import Demo

    begun = time.monotonic()
    async with stack.running(settings) as started:
        print(f"\nSambung runs at {started.url}  (after {time.monotonic() - begun:.1f} s)")
        print(f"  user      admin\n  password  {started.passwords['admin']}")
        print("Ctrl-C stops it.", flush=True)
        async with Demo(settings, started) as demo:
            await demo.run()
            await asyncio.Event().wait()


def _down(settings: Settings, _: argparse.Namespace) -> int:
    run = home.running(settings.home)
    if run is None:
        print("Sambung does not run.")
        return 0
    stopped = end(run.main, ((signal.SIGTERM, 40.0),))
    if not stopped:
        raise StackError(f"it does not stop: end process {run.main.pid} by `kill -9 {run.main.pid}`.")
    print("Stopped.")
    return 0


def _status(settings: Settings, _: argparse.Namespace) -> int:
    run = home.running(settings.home)
    print(f"Sambung runs at {run.url} (pid {run.main.pid})." if run else "Sambung does not run: start it by `make up`.")
    return 0 if run else 1


def _token(settings: Settings, options: argparse.Namespace) -> int:
    run = _running(settings)
    print(asyncio.run(_fetch_token(run.url, options.role, passwords(settings.home, "")[options.role])))
    return 0


async def _fetch_token(url: str, role: str, password: str) -> str:
    import aiohttp

    from local.aws import Aws
    from local.gateway import AUTH_PATH
    from local.identity import sign_in

    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/config.json") as response:
            config = await response.json()
        return await sign_in(Aws(session, url + AUTH_PATH), config["client_id"], role, password)


def _logs(settings: Settings, options: argparse.Namespace) -> int:
    folder = settings.home / "logs"
    for line in function_log.entries(folder, options.event):
        print(line)
    if options.follow:
        for line in function_log.follow(folder, options.event):
            print(line, flush=True) if line else time.sleep(FOLLOW_S)
    return 0


def _migrate(settings: Settings, _: argparse.Namespace) -> int:
    from local import stack

    asyncio.run(stack.migrate(settings.root, _running(settings).database_url))
    print("The database has the schema of the code.")
    return 0


def _running(settings: Settings) -> home.Run:
    run = home.running(settings.home)
    if run is None:
        raise StackError("it does not run: start it by `make up`.")
    return run


COMMANDS = {"up": _up, "down": _down, "status": _status, "token": _token, "logs": _logs, "migrate": _migrate}
