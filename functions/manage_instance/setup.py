"""What to put into a gateway's own configuration, so that it sends its webhooks here and may ask us at its start."""

from urllib.parse import urlsplit

from sambung.gateways.quirks import quirks
from sambung.store.servers import Server

_DEFAULT_PORTS = {"http": 80, "https": 443}


def setup(server: Server, public_url: str) -> dict[str, str]:
    """The settings by name; of secrets only where they were entered. One that we can set through its API needs none."""
    if quirks(server.kind, server.version).sets_webhooks:
        return {"WEBHOOK": "Sambung sets the webhook of each instance itself; nothing to configure."}
    return {
        "LARAVEL_URL": public_url,
        "HMAC_SECRET": "the webhook_secret entered here",
        "API_KEY": "the api_key entered here",
        "PORT": str(_port(server.announced_url)),
        "restart": "pm2 restart all",
    }


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or _DEFAULT_PORTS[parts.scheme]
