"""The stack does to functions, requests, queues and schedules what AWS does, and survives what happens to laptops."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jwt
import psycopg
import pytest
from moto.utilities.utils import load_resource

from local import gateway, stack
from local.children import alive, command_of, wait_until_gone
from local.runtime import PREFIX
from local.settings import ROOT, Settings
from tests.local_stack import StackProcess, running_stack

APP = Path(__file__).with_name("app")
FAST = {"SAMBUNG_SCHEDULES": "on", "SAMBUNG_SCHEDULE_SPEEDUP": "60"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """A stack with the small functions in `app`; its schedule runs every second."""
    with running_stack(tmp_path_factory.mktemp("stack") / "home", root=APP, env=FAST) as running:
        yield running


def get(running: StackProcess, path: str, **options: Any) -> httpx.Response:
    return httpx.get(running.url + path, timeout=40, **options)


def eventually(found: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def logged(running: StackProcess, event: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in running.logs(event)]


# ------------------------------------------------------------------ functions


def test_a_function_has_lambdas_environment_context_and_import_path(running: StackProcess) -> None:
    seen = get(running, "/echo/x").json()
    environment = seen["environment"]
    assert environment["COLOUR"] == "red"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == seen["function_name"] == "Door"
    assert environment["_HANDLER"] == "app.lambda_handler"
    assert environment["AWS_REGION"] == "us-east-1"
    assert seen["shelf"] == "layer"
    assert 4000 < seen["remaining_ms"] <= 5000
    assert environment["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    # Nothing of the person's own environment, and none of the stack's modules.
    assert "SAMBUNG_HOME" not in environment
    assert str(ROOT) not in environment["PYTHONPATH"].split(os.pathsep)


def test_each_worker_does_one_thing_at_a_time_and_there_are_at_most_three(running: StackProcess) -> None:
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: get(running, "/echo/x?s=0.2").json(), range(12)))
    assert not [answer for answer in answers if answer["overlapping"]]
    assert 2 <= len(Counter(answer["pid"] for answer in answers)) <= 3
    assert len({answer["request_id"] for answer in answers}) == 12


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/trouble/sleep", "Sandbox.Timedout"),
        ("/trouble/exit", "Runtime.ExitError"),
        ("/trouble/raise", "ValueError"),
        ("/trouble/malformed", "statusCode"),
        ("/trouble/large", "Function.ResponseSizeTooLarge"),
        ("/unloadable", "Runtime.ImportModuleError"),
    ],
)
def test_a_failed_invocation_is_a_500_and_the_log_says_why(running: StackProcess, path: str, said: str) -> None:
    answer = get(running, path)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    eventually(lambda: said in "\n".join(running.logs()))
    # The next invocation has a working process again.
    assert get(running, "/trouble/raise").status_code == 500
    assert get(running, "/echo/x").status_code == 200


def test_what_takes_too_long_is_a_503_but_runs_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "INTEGRATION_S", 0.5)

    async def slow_request() -> tuple[int, str]:
        settings = Settings(tmp_path / "home", APP, port=0, schedules=False, durable=False)
        async with stack.running(settings) as started, httpx.AsyncClient(timeout=20) as client:
            await client.get(f"{started.url}/echo/x")
            answer = await client.get(f"{started.url}/echo/x?s=1.5")
            return answer.status_code, answer.text

    assert asyncio.run(slow_request()) == (503, '{"message":"Service Unavailable"}')


def test_where_awss_client_has_no_build_the_short_one_answers_the_same(
    running: StackProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = tmp_path / "loop.py"
    path = ROOT / "local" / "runtime.py"
    loop.write_text(
        f"import importlib.util, os, sys\nspec = importlib.util.spec_from_file_location('short', {str(path)!r})\n"
        "short = importlib.util.module_from_spec(spec)\nsys.modules['short'] = short\nspec.loader.exec_module(short)\n"
        "short.run_short(sys.argv[1], os.environ['AWS_LAMBDA_RUNTIME_API'])\n"
    )
    monkeypatch.setattr("local.workers.RUNTIME", loop)
    paths = ("/echo/x?a=1", "/trouble/sleep", "/trouble/raise", "/unloadable")

    async def answers() -> list[tuple[int, dict[str, Any]]]:
        settings = Settings(tmp_path / "home", APP, port=0, schedules=False, durable=False)
        async with stack.running(settings) as started, httpx.AsyncClient(timeout=20) as client:
            return [(got.status_code, got.json()) for got in [await client.get(started.url + path) for path in paths]]

    short = asyncio.run(answers())
    assert [status for status, _ in short] == [get(running, path).status_code for path in paths] == [200, 500, 500, 500]
    whole, theirs = short[0][1], get(running, paths[0]).json()
    assert whole.keys() == theirs.keys()
    assert whole["function_name"] == "Door"
    assert 4000 < whole["remaining_ms"] <= 5000
    assert PREFIX == "/2018-06-01/runtime"


# ------------------------------------------------------------------ the HTTP API


def test_a_route_with_the_authorizer_answers_only_to_a_valid_token(running: StackProcess) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = get(running, "/private", headers=headers)
        assert (answer.status_code, answer.text) == (401, '{"message":"Unauthorized"}')
    with running.client("operator") as client:
        event = client.get("/private").json()["event"]
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["cognito:groups"] == "[operator]"
    assert claims["cognito:username"] == "operator"
    assert {type(value) for value in claims.values()} == {str}


def test_a_token_made_with_the_key_that_moto_publishes_is_refused(running: StackProcess) -> None:
    real = running.token()
    published = jwt.PyJWK(load_resource("cognitoidp/resources/jwks-private.json"), algorithm="RS256")
    claims = jwt.decode(real, options={"verify_signature": False})
    forged = jwt.encode(
        claims, published.key, algorithm="RS256", headers={"kid": jwt.get_unverified_header(real)["kid"]}
    )
    assert get(running, "/private", headers={"Authorization": f"Bearer {real}"}).status_code == 200
    assert get(running, "/private", headers={"Authorization": f"Bearer {forged}"}).status_code == 401


@pytest.mark.parametrize("action", ["AdminCreateUser", "AdminSetUserPassword", "SignUp", "ListUsers", ""])
def test_the_login_door_passes_nothing_but_logins(running: StackProcess, action: str) -> None:
    headers = {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{action}"}
    assert httpx.post(f"{running.url}/cognito", headers=headers, json={}).status_code == 403


def test_a_wrong_password_is_refused_as_cognito_does(running: StackProcess) -> None:
    config = get(running, "/config.json").json()
    assert config["api"] == running.url
    answer = httpx.post(
        config["auth_url"],
        headers={"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"},
        json={
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": config["client_id"],
            "AuthParameters": {"USERNAME": "admin", "PASSWORD": "wrong"},
        },
    )
    assert answer.status_code == 400
    assert "NotAuthorizedException" in answer.json()["__type"]


def test_the_apis_own_answers_are_http_apis(running: StackProcess) -> None:
    unknown = get(running, "/nothing")
    assert (unknown.status_code, unknown.text) == (404, '{"message":"Not Found"}')
    large = httpx.post(f"{running.url}/echo/x", content=b"x" * (10 * 1024 * 1024 + 1), timeout=40)
    assert (large.status_code, large.text) == (413, '{"message":"Request Entity Too Large"}')
    for_lambda = httpx.post(f"{running.url}/echo/x", content=b"x" * (6 * 1024 * 1024), timeout=40)
    assert for_lambda.status_code == 413
    long_header = get(running, "/echo/x", headers={"X-Long": "x" * 1_000_000})
    assert (long_header.status_code, long_header.text) == (431, '{"message":"Request Header Fields Too Large"}')
    statuses = [get(running, "/throttled").status_code for _ in range(3)]
    assert statuses == [200, 429, 429]


def test_a_preflight_is_answered_without_a_function(running: StackProcess) -> None:
    asked = {"Origin": "http://page", "Access-Control-Request-Method": "GET"}
    answer = httpx.options(f"{running.url}/private", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "http://page"
    assert get(running, "/private", headers={"Origin": "http://page"}).headers["access-control-allow-origin"]


def test_bytes_of_a_request_arrive_unchanged(running: StackProcess) -> None:
    body = bytes(range(256))
    answer = httpx.post(f"{running.url}/echo/a%2Fb", content=body, headers={"Content-Encoding": "identity"})
    event = answer.json()["event"]
    assert event["isBase64Encoded"]
    assert event["pathParameters"] == {"proxy": "a/b"}
    assert event["requestContext"]["http"]["method"] == "POST"


def test_logs_hold_the_route_and_never_the_path(running: StackProcess) -> None:
    get(running, "/echo/t/very-secret-token")
    access = "\n".join(line for line in running.logs("access"))
    assert "ANY /echo/{proxy+}" in access
    assert "very-secret-token" not in access


# ------------------------------------------------------------------ queues and schedules


def test_a_message_reaches_its_function_and_a_poisoned_one_the_dead_letters(running: StackProcess) -> None:
    httpx.post(f"{running.url}/echo/send", json=["good", "poison"], timeout=40).raise_for_status()

    def counts(body: str) -> list[str]:
        return [entry["count"] for entry in logged(running, "consumed") if entry["body"] == body]

    eventually(lambda: counts("good") == ["1"] and counts("poison") == ["1", "2"])
    dead: list[dict[str, Any]] = []

    def found_dead() -> bool:
        dead.extend(httpx.get(f"{running.url}/echo/dead", timeout=40).json())
        return bool(dead)

    eventually(found_dead)
    assert [message["Body"] for message in dead] == ["poison"]
    assert counts("good") == ["1"]


def test_a_schedule_runs(running: StackProcess) -> None:
    eventually(lambda: len(logged(running, "ticked")) >= 2)


# ------------------------------------------------------------------ start and stop


def sambung(home: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "local", "--root", str(APP), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SAMBUNG_HOME": str(home), "PORT": "0", "DEMO": "0", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_ctrl_c_stops_everything_and_loses_nothing(tmp_path: Path) -> None:
    process = StackProcess(tmp_path / "home", APP).start()
    get(process, "/echo/x")
    children, password = process.children, process.password
    with psycopg.connect(process.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    process.process.send_signal(signal.SIGINT)
    assert process.process.wait(30) == 0
    assert [child for child in children if alive(child)] == []
    assert len(children) == 3  # the AWS stand-in, the database, one worker
    process.start()
    try:
        with psycopg.connect(process.database_url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
        assert process.password == password
    finally:
        process.stop()


def test_after_kill_9_nothing_is_left_and_the_next_start_recovers(tmp_path: Path) -> None:
    process = StackProcess(tmp_path / "home", APP).start()
    get(process, "/echo/x")
    children, port = process.children, httpx.URL(process.url).port
    with psycopg.connect(process.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    # A stopped child cannot die with its parent: the next start must find it by what was written down.
    stand_in = children[0]
    os.kill(stand_in.pid, signal.SIGSTOP)
    process.kill()
    with running_stack(tmp_path / "home", root=APP, env={"PORT": str(port)}) as again:
        assert get(again, "/echo/x").status_code == 200
        with psycopg.connect(again.database_url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]
        assert all(wait_until_gone(child, 20) for child in children)


def test_messages_outlive_the_stack(tmp_path: Path) -> None:
    process = StackProcess(tmp_path / "home", APP).start()
    httpx.post(f"{process.url}/echo/send", json=["poison"], timeout=40).raise_for_status()
    # At once: at its third coming it would be among the dead letters.
    process.kill()
    before = len(logged(process, "consumed"))
    with running_stack(tmp_path / "home", root=APP) as again:
        # A poisoned message comes again and again: between two looks it may have come twice.
        eventually(lambda: {entry["body"] for entry in logged(again, "consumed")[before:]} == {"poison"})


def test_a_database_that_ended_is_started_again_at_its_address(tmp_path: Path) -> None:
    with running_stack(tmp_path / "home", root=APP) as process:
        database = next(child for child in process.children if "bin/postgres" in command_of(child.pid))
        os.kill(database.pid, signal.SIGQUIT)
        assert wait_until_gone(database, 20)

        def answers() -> bool:
            try:
                with psycopg.connect(process.database_url, connect_timeout=2) as connection:
                    return connection.execute("SELECT 1").fetchone() == (1,)
            except psycopg.OperationalError:
                return False

        eventually(answers)


def test_a_second_stack_on_one_folder_says_where_the_first_is(running: StackProcess) -> None:
    second = sambung(running.home, "up")
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"sambung: Sambung is running already at {running.url} (pid {running.process.pid}): "
        "use that one, or stop it with `bin/sambung down`."
    )
    assert get(running, "/echo/x").status_code == 200


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = sambung(tmp_path / "home", "up", PORT=str(port))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"sambung: port {port} is taken by another program: choose another one, for example PORT={port + 1} make up.\n"
    )


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = sambung(tmp_path / "file" / "home", "up")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"sambung: cannot write in {tmp_path / 'file' / 'home'} (")
    assert refused.stderr.count("\n") == 1


def test_a_template_the_stack_cannot_read_is_named_and_leaves_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("a: [")
    refused = sambung(tmp_path / "home", "--root", str(tmp_path), "up")
    assert refused.returncode == 1
    assert "template.yaml is not valid YAML" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "home" / "run.json").exists()


def test_other_terminals_find_the_running_stack(running: StackProcess) -> None:
    assert running.url in sambung(running.home, "status").stdout
    token = sambung(running.home, "token", "--role", "viewer").stdout.strip()
    seen = get(running, "/private", headers={"Authorization": f"Bearer {token}"}).json()
    assert seen["event"]["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] == "[viewer]"
    eventually(lambda: "ticked" in sambung(running.home, "logs", "--event", "ticked").stdout)
    lines = sambung(running.home, "logs").stdout.splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert sambung(running.home, "migrate").returncode == 0


def test_down_stops_it_from_another_terminal(tmp_path: Path) -> None:
    process = StackProcess(tmp_path / "home", APP).start()
    children = process.children
    assert sambung(tmp_path / "home", "down").stdout == "Stopped.\n"
    assert process.process.wait(5) == 0
    assert [child for child in children if alive(child)] == []
    assert sambung(tmp_path / "home", "down").stdout == "Sambung does not run.\n"
    assert sambung(tmp_path / "home", "status").returncode == 1
    assert "make up" in sambung(tmp_path / "home", "token").stderr


def test_what_is_kept_is_private(running: StackProcess) -> None:
    get(running, "/echo/x")
    readable = [str(path) for path in running.home.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert readable == []
    assert running.home.stat().st_mode & 0o077 == 0


def test_a_chosen_admin_password_is_used(tmp_path: Path) -> None:
    with running_stack(tmp_path / "home", root=APP, env={"SAMBUNG_ADMIN_PASSWORD": "rahasia"}) as chosen:
        assert chosen.password == "rahasia"
        assert chosen.token("admin")
    short = sambung(tmp_path / "home", "up", SAMBUNG_ADMIN_PASSWORD="abc")
    assert short.returncode == 1
    assert "SAMBUNG_ADMIN_PASSWORD" in short.stderr
