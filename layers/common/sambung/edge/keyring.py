"""Secrets at rest and secrets derived: one list of keys encrypts the columns and makes each server's webhook secret."""

import hashlib
import hmac
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class SecretUnreadable(RuntimeError):
    """A column was encrypted with a key that is no longer listed."""


class Keyring:
    """The listed keys, the newest first. All of them read and verify, the first one writes."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)
        self._by_id = {key_id(key): key for key in keys}
        self.primary = key_id(keys[0])

    @cached_property
    def _fernet(self) -> "MultiFernet":
        """Made with the first column: a webhook is authenticated without it and need not wait for its import."""
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])

    def seal(self, secret: str) -> str:
        """Encrypt for a column."""
        return self._fernet.encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt a column; raises SecretUnreadable."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            message = "a stored secret was sealed with a key that SAMBUNG_KEYS no longer lists: put it back in the list"
            raise SecretUnreadable(message) from error

    def bearer(self, server_id: UUID, key: str | None = None) -> str:
        """The secret a 2.x server sends in its Authorization header; `key` is the id its row names."""
        return self._derive("bearer", server_id, key or self.primary)

    def path_token(self, server_id: UUID, key: str | None = None) -> str:
        """The secret a 1.x server has in its webhook path."""
        return self._derive("path", server_id, key or self.primary)

    def accepts_bearer(self, server_id: UUID, presented: str) -> bool:
        """Whether any listed key made it, in constant time."""
        return self._accepts("bearer", server_id, presented)

    def accepts_path_token(self, server_id: UUID, presented: str) -> bool:
        """Whether any listed key made it, in constant time."""
        return self._accepts("path", server_id, presented)

    def probe_token(self, server_id: UUID, probe: str, key: str | None = None) -> str:
        """The own key of a probe instance: whoever knows the name can tell that it is ours."""
        return self._derive(f"probe token {probe}", server_id, key or self.primary)

    def probe_tokens(self, server_id: UUID, probe: str) -> list[str]:
        """Every token that a probe of ours may have been made with."""
        return [self.probe_token(server_id, probe, key) for key in self._by_id]

    def probe_mark(self, server_id: UUID, probe: str, proves: str, key: str | None = None) -> str:
        """What a probe's webhook address carries; `proves`: the instance and generation it stands for."""
        return self._derive(f"probe mark {probe} {proves}", server_id, key or self.primary)

    def accepts_probe_mark(self, server_id: UUID, probe: str, proves: str, presented: str) -> bool:
        """Whether any listed key made it, in constant time."""
        return self._accepts(f"probe mark {probe} {proves}", server_id, presented)

    def _accepts(self, purpose: str, server_id: UUID, presented: str) -> bool:
        offered = presented.encode("utf-8", "surrogateescape")
        matches = [hmac.compare_digest(self._derive(purpose, server_id, key).encode(), offered) for key in self._by_id]
        return any(matches)

    def _derive(self, purpose: str, server_id: UUID, key: str) -> str:
        message = f"sambung webhook {purpose} {server_id}".encode()
        return hmac.new(self._by_id[key].encode(), message, hashlib.sha256).hexdigest()


def key_id(key: str) -> str:
    """A short public name of a key, safe to store and log."""
    return hashlib.sha256(b"sambung key id " + key.encode()).hexdigest()[:12]
