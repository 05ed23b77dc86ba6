"""One module for each kind of WhatsApp gateway, all of the same shape; a vendor's words stop here."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sambung.gateways.http import GatewayHttp, Patience
    from sambung.gateways.shape import Gateway, WebhookShape


KINDS = frozenset({"evolution", "webjs"})
"""The kinds of gateways that `open_gateway` speaks to."""


class UnknownKindError(LookupError):
    """A kind of gateway this release cannot speak to."""


def open_gateway(
    kind: str,
    base_url: str,
    api_key: str,
    *,
    version: str | None,
    webhook_shape: "WebhookShape | None",
    http: "GatewayHttp",
    patience: "Patience | None" = None,
) -> "Gateway":
    """A server to talk to. `base_url` is a canonical origin; `version` and `webhook_shape` what was learned of it
    before; `patience` shortens the usual deadlines. Opens no connection yet. Raises UnknownKindError."""
    # The webhook function imports this package for the parsers and shall not pay for an HTTP client.
    from sambung.gateways.evolution.client import Evolution
    from sambung.gateways.http import Line, Patience
    from sambung.gateways.webjs.client import Webjs

    known_patience = patience or Patience()
    if kind == "webjs":
        return Webjs(Line(base_url, api_key, key_header=None), http, patience=known_patience)
    if kind != "evolution":
        raise UnknownKindError(kind)
    line = Line(base_url, api_key)
    return Evolution(line, http, version=version, webhook_shape=webhook_shape, patience=known_patience)
