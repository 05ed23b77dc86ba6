"""Who sent a signed webhook: the server whose secret fits. What a header claims is looked up, and never dialled."""

import hmac
from collections.abc import Sequence

from sambung.gateways.addresses import BadAddress, canonical_origin
from sambung.gateways.quirks import WEBJS
from sambung.gateways.signatures import Verdict, fitting, refusal
from webhook.delivery import Sender, Signed
from webhook.request import Request
from webhook.signers import Signer

SIGNATURE = "x-hmac-signature"
# No registered address is longer, and it has to fit into a parked message.
LONGEST_URL = 300
# Of nodes that do not announce themselves as registered; each costs one HMAC over the body.
TRIED_AT_MOST = 500


def claimed(asked: Request, *, by_path: bool) -> Signed | Verdict:
    """What a request claims, or why no secret at all could prove it; raises Unreadable. `by_path`: the server is named
    in the path."""
    timestamp, signature = asked.header("x-timestamp"), asked.header(SIGNATURE)
    refused = refusal(timestamp, signature, asked.received_at)
    if refused is not None:
        return refused
    server_id = asked.named_server if by_path else None
    if by_path and server_id is None:
        return Verdict.NOTHING_TO_CHECK
    told = asked.header("x-instance-url")
    instance_url = told if len(told) <= LONGEST_URL and told.isprintable() else ""
    return Signed(server_id, instance_url, timestamp, signature, asked.mark, asked.received_at, asked.body())


def sender_of(signed: Signed, known: Sequence[Signer]) -> Sender | None:
    """The sender among those that are known: the one named in the path; else of the webjs nodes those that announce
    the URL it gave, and where none of these proves to be it, the others."""
    if signed.server_id is not None:
        return _proven(signed, [one for one in known if one.server_id == signed.server_id])
    url = announced(signed.instance_url)
    nodes = [one for one in known if one.kind == WEBJS]
    named = [one for one in nodes if one.announced_url == url]
    others = [one for one in nodes if one.announced_url != url]
    return _proven(signed, named) or _proven(signed, others[:TRIED_AT_MOST])


def announced(instance_url: str) -> str | None:
    """What a sender calls itself, in the one spelling of registered addresses; None for what no server can be called.

    It is never dialled: nodes say `http://localhost:PORT` wherever they run.
    """
    try:
        return canonical_origin(instance_url, local=True)
    except BadAddress:
        return None


def keeper_of(api_key: str, known: Sequence[Signer]) -> Sender | None:
    """The webjs node whose own key this is; each is compared, whichever fits."""
    given = api_key.encode("utf-8", "surrogateescape")
    nodes = [one for one in known if one.kind == WEBJS and one.api_key]
    fits = [hmac.compare_digest((one.api_key or "").encode(), given) for one in nodes]
    return _any_of([one for one, fit in zip(nodes, fits, strict=True) if fit], "")


def _proven(signed: Signed, candidates: Sequence[Signer]) -> Sender | None:
    """Those whose secret made the signature. Each different secret is tried once, whoever has it."""
    secrets = sorted({secret for one in candidates for secret in one.secrets})
    fits = fitting(signed.body, signed.timestamp, signed.signature, secrets)
    made_it = {secret for secret, fit in zip(secrets, fits, strict=True) if fit}
    return _any_of([one for one in candidates if made_it & set(one.secrets)], signed.instance_url)


def _any_of(signers: Sequence[Signer], instance_url: str) -> Sender | None:
    if not signers:
        return None
    first, *others = signers
    return Sender(
        first.server_id,
        by_path=False,
        kind=first.kind,
        or_else=tuple(one.server_id for one in others),
        instance_url=instance_url,
    )
