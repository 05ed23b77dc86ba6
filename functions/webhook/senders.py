"""Who is at the door: settled by keys alone where they are derived, else by the secrets of registered servers."""

from sambung.domain.errors import StoreUnavailable
from sambung.edge.keyring import Keyring
from sambung.gateways.signatures import Verdict
from webhook import evolution, signed
from webhook.delivery import Sender, Signed
from webhook.refusals import Refusals
from webhook.request import Request
from webhook.signers import Signers


class Senders:
    """Authenticates requests. Every refusal is noted, and none tells the sender why."""

    def __init__(self, keyring: Keyring, signers: Signers, refusals: Refusals) -> None:
        self._keyring = keyring
        self._signers = signers
        self._refusals = refusals

    def by_key(self, asked: Request) -> Sender | None:
        """The sender at an address of its own, by the secret that we made for it."""
        sender = evolution.authenticated(asked, self._keyring)
        if sender is None:
            by_path = asked.segments[2:3] == ("t",)
            self._refusals.note("path" if by_path else "bearer", "", asked.named_server)
        return sender

    def by_signature(self, asked: Request, *, by_path: bool) -> Sender | Signed | None:
        """The sender of a signed request; what it claims where its secret cannot be read now. Raises Unreadable."""
        claim = signed.claimed(asked, by_path=by_path)
        if isinstance(claim, Verdict):
            self._refusals.note(claim.value, asked.header("x-instance-url"), asked.named_server if by_path else None)
            return None
        try:
            return self.proven(claim)
        except StoreUnavailable:
            return claim

    def proven(self, claim: Signed) -> Sender | None:
        """The sender of what is signed; raises StoreUnavailable where nothing that is remembered proves it.

        A secret that is new is read as soon as the known ones do not fit; one that was retired counts for some seconds,
        and for as long as the database is away.
        """
        known = self._signers.remembered or ()
        found = signed.sender_of(claim, known) if self._signers.is_fresh else None
        if found is not None:
            return found
        try:
            found = signed.sender_of(claim, self._signers.read())
        except StoreUnavailable:
            found = signed.sender_of(claim, known)
            if found is None:
                raise
        if found is None:
            self._refusals.note(Verdict.FORGED, claim.instance_url, claim.server_id)
        return found

    def by_api_key(self, asked: Request) -> Sender | None:
        """The webjs node whose own key a request carries; raises StoreUnavailable, for what it asks is not remembered
        either."""
        found = signed.keeper_of(asked.header("x-api-key"), self._signers.read())
        if found is None:
            self._refusals.note("api_key", "", None)
        return found
