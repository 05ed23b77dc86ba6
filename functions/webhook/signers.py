"""Secrets that prove senders, remembered, so that a webhook can be authenticated while the database is away."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sambung.edge.keyring import Keyring, SecretUnreadable
from sambung.store.servers import Sealed

# What was retired or switched off stops to count so soon; what is new is looked for as soon as nothing fits.
FRESH_FOR_S = 15.0


@dataclass(frozen=True, slots=True)
class Signer:
    """An enabled server that proves itself by a secret of its row. `secrets`: the present one, then the one before."""

    server_id: UUID
    kind: str
    announced_url: str
    secrets: tuple[str, ...] = field(repr=False)
    api_key: str | None = field(repr=False)


class Signers:
    """All of them, as far as they are known. `read` brings the rows and raises StoreUnavailable."""

    def __init__(
        self, keyring: Keyring, read: Callable[[], Sequence[Sealed]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keyring = keyring
        self._read = read
        self._clock = clock
        self._known: tuple[Signer, ...] | None = None
        self._read_at = float("-inf")
        self._opened: dict[str, str | None] = {}

    @property
    def remembered(self) -> Sequence[Signer] | None:
        """What was read last, however long ago; None where nothing ever was."""
        return self._known

    @property
    def is_fresh(self) -> bool:
        """Whether what is remembered may be used without asking."""
        return self._clock() - self._read_at < FRESH_FOR_S

    def read(self) -> Sequence[Signer]:
        """Read them now; raises StoreUnavailable, and keeps what is remembered then."""
        rows = self._read()
        # Unsealing costs more than all the rest, and what is gone from the rows shall not stay in memory.
        sealed = {text for row in rows for text in _texts(row)}
        self._opened = {text: self._open(text) for text in sealed}
        self._known = tuple(self._signer(row) for row in rows)
        self._read_at = self._clock()
        return self._known

    def _open(self, sealed: str) -> str | None:
        if sealed in self._opened:
            return self._opened[sealed]
        try:
            return self._keyring.unseal(sealed)
        except SecretUnreadable:
            return None

    def _signer(self, row: Sealed) -> Signer:
        secrets = (self._opened.get(sealed) for sealed in row.secrets)
        return Signer(
            row.server_id,
            row.kind,
            row.announced_url,
            tuple(secret for secret in secrets if secret),
            self._opened.get(row.api_key),
        )


def _texts(row: Sealed) -> Sequence[str]:
    return (*row.secrets, row.api_key)
