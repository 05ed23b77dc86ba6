"""Runs the real admin API handler in a process for each event, so that a test can kill it in the middle.

Reads a JSON list of `{"event", "failpoint"}` on standard input, answers a JSON list of `{"signal", "status"}`. The
handler is imported once; each event gets a fork of that, as fresh as a new execution environment.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

AT_ONCE = 4


def main() -> None:
    """Serve one list."""
    import sambung.gateways.http  # the handler imports it late, and each fork would again
    from manage_instance import handler, proving
    from tests.calling import FakeContext

    # Built once for all; it connects to nothing before its first event.
    assert sambung.gateways.http
    handler._app()
    # Nobody listens at our address: no proof is worth waiting for.
    proving.PROOF_WITHIN_S = 0.3

    def serve(job: Mapping[str, Any]) -> int:
        os.environ["SAMBUNG_FAILPOINT"] = job["failpoint"] or ""
        answer = handler.lambda_handler(job["event"], FakeContext())  # type: ignore[arg-type]
        return int(answer["statusCode"])

    jobs = json.load(sys.stdin)
    json.dump(run_all(jobs, serve), sys.stdout)


def run_all(jobs: Sequence[Mapping[str, Any]], serve: Any) -> list[dict[str, int | None]]:
    """Fork for each job, some at once; what became of each."""
    results: list[dict[str, int | None]] = [{} for _ in jobs]
    running: dict[int, tuple[int, int]] = {}
    waiting = list(enumerate(jobs))
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            number, job = waiting.pop(0)
            out, into = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.write(into, str(serve(job)).encode())
                os._exit(0)
            os.close(into)
            running[pid] = (number, out)
        pid, status = os.wait()
        number, out = running.pop(pid)
        said = os.read(out, 16).decode()
        os.close(out)
        signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        results[number] = {"signal": signal, "status": int(said) if said else None}
    return results


if __name__ == "__main__":
    main()
