"""Throws the corpus at the real function over the real database."""

import random
import socket
from collections import Counter
from contextlib import closing
from unittest.mock import patch

import psycopg
from cryptography.fernet import Fernet
from psycopg.rows import dict_row

from sambung.edge.keyring import Keyring
from sambung.store.connection import Database
from tests import rows
from tests.functional.webhook import nodes
from tests.integration.promises import corpus
from tests.integration.promises.corpus import Target
from tests.integration.promises.node_corpus import NodeTarget
from webhook.door import Door

# Taken, not authenticated, no such route, unreadable. A fault of ours would be a wish for repetition (429).
GOOD = {200, 401, 404, 422}


def thrown(database_url: str, seed: int, count: int) -> Counter[int]:
    """What `count` requests were answered; fails at the first that is no good answer, with its number."""
    chance = random.Random(seed)  # noqa: S311  chance, not secrecy
    keyring = Keyring([Fernet.generate_key().decode()])
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as plain:
        registry = rows.registry(plain, corpus.NAME)
        node = nodes.node(plain, keyring, None, "node-1", announced="http://127.0.0.1:3001")
    known = corpus.bases()
    target = Target(registry.server_id, registry.instance_id, keyring, NodeTarget(node.secret, node.api_key))
    answered: Counter[int] = Counter()
    with (
        closing(Database(database_url)) as database,
        # Neither libpq nor anybody else needs it: who does, calls an address that a gateway gave.
        patch.object(socket.socket, "connect", side_effect=AssertionError("the door calls nobody")),
    ):
        door = Door(database, keyring)
        for number in range(count):
            event = corpus.request(target, chance, known)
            status = door.answer(event)["statusCode"]
            assert status in GOOD, f"request {number} got {status}: {repr(event)[:2000]}"
            answered[status] += 1
    return answered
