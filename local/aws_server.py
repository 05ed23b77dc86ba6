"""Runs moto's AWS (Cognito, SQS and more, in memory) as a process of its own, with its own signing key.

moto signs every Cognito token with a key that is published with it. Behind a public address (gateways must reach the
stack) anybody could make an admin's token, so a key that lives only in this process takes its place. And it counts a
whole queue several times for every message it hands out: with the webhooks of a long outage parked it would be busy
with that alone.
"""

import json
import os
import sys
import time
from pathlib import Path

from joserfc import jwk
from moto.cognitoidp import models, responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs import models as queue_models
from werkzeug.serving import WSGIRequestHandler, make_server

from local.queue_journal import Journal, Journaling

# moto names this key in the header of every token.
KEY_ID = "dummy"


class _QuietHandler(WSGIRequestHandler):
    """Logs no requests: they hold passwords and tokens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def use_own_key() -> None:
    """Sign and publish with a fresh key instead of moto's."""
    key = jwk.RSAKey.generate_key(2048, {"kid": KEY_ID, "alg": "RS256", "use": "sig"})
    # The only file that module loads is its private key.
    vars(models)["load_resource"] = lambda _: key.as_dict(private=True)
    public = {"keys": [key.as_dict(private=False)]}
    responses.CognitoIdpJsonWebKeyResponse.json_web_key = json.dumps(public).encode()


def _now_ms() -> float:
    return time.time() * 1000


def _is_retained(backend: queue_models.SQSBackend, queue_name: str, message: queue_models.Message) -> bool:
    queue = vars(backend.get_queue(queue_name))
    return bool(queue["message_retention_period"] * 1000 + message.sent_timestamp > _now_ms())


def _pending_groups(queue: queue_models.Queue) -> set[str]:
    # Another request may add to the set while this one reads it.
    pending = tuple(queue.pending_messages) if queue.fifo_queue else ()
    return {message.group_id for message in pending if message.group_id is not None}


def hasten_queues() -> None:
    """Make what a queue costs for each message no more than one look at each of those that wait."""
    queue_models.Queue.pending_message_groups = property(_pending_groups)  # type: ignore[assignment]
    queue_models.SQSBackend.is_message_valid_based_on_retention_period = _is_retained  # type: ignore[method-assign,assignment]
    vars(queue_models)["unix_time_millis"] = _now_ms


def main(journal: Path) -> None:
    """Serve on a free loopback port, after saying which as one JSON line; note what waits in the queues."""
    use_own_key()
    hasten_queues()
    server = make_server(
        "127.0.0.1",
        0,
        Journaling(DomainDispatcherApplication(create_backend_app), Journal(journal)),
        threaded=True,
        request_handler=_QuietHandler,
    )
    os.environ["MOTO_PORT"] = str(server.server_port)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
