"""Runs moto's AWS (Cognito, SQS and more, in memory) as a process of its own, with its own signing key.

moto signs every Cognito token with a key that is published with it. Behind a public address (gateways must reach the
stack) anybody could make an admin's token, so a key that lives only in this process takes its place.
"""

import json
import os
import sys
from pathlib import Path

from joserfc import jwk
from moto.cognitoidp import models, responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
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


def main(journal: Path) -> None:
    """Serve on a free loopback port, after saying which as one JSON line; note what waits in the queues."""
    use_own_key()
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
