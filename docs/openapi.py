"""Writes docs/openapi.json from the functions' own routes: run `python -m docs.openapi` after changing one."""

import json
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from cryptography.fernet import Fernet

from health_check.handler import build as build_health_check
from manage_instance.handler import build as build_manage_instance
from reconciler.handler import build as build_reconciler
from sambung.edge.access import ROUTES
from sambung.edge.keyring import Keyring
from sambung.edge.settings import Settings
from sambung.edge.wiring import GatewayOpener, Parts
from sambung.store.connection import Database

COMMITTED = Path(__file__).with_name("openapi.json")
VERSION = "0.1.0"
PROBLEM = {
    "type": "object",
    "description": "RFC 9457, in the language of Accept-Language; `code` is stable, `action` is the next step.",
    "required": ["type", "title", "status", "detail", "instance", "code", "action", "side", "correlation_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "action": {"type": "string"},
        "side": {"type": "string", "enum": ["server", "number", "webhook", "upstream", "us"]},
        "correlation_id": {"type": "string"},
        "params": {"type": "object"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "reason": {"type": "string"}}},
        },
    },
}
FAILED = {
    "description": "What went wrong and what to do",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def document() -> dict[str, Any]:
    """The whole API: every function's routes, with the role each needs."""
    parts = _parts()
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Sambung", "version": VERSION, "license": {"name": "MIT"}},
        "security": [{"token": []}],
        "paths": {},
        "components": {
            "schemas": {"Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    for app in (build_manage_instance(parts), build_health_check(parts), build_reconciler(parts)):
        found = _schema(app)
        merged["paths"].update(found["paths"])
        merged["components"]["schemas"].update(found.get("components", {}).get("schemas", {}))
    for path, methods in merged["paths"].items():
        for method, operation in methods.items():
            _complete(operation, ROUTES.get((method.upper(), path)))
    for leftover in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        merged["components"]["schemas"].pop(leftover, None)
    return merged


def _schema(app: APIGatewayHttpResolver) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(app.get_openapi_json_schema(title="Sambung", version=VERSION))
    return found


def _complete(operation: dict[str, Any], role: object) -> None:
    """Powertools' own error answers are ours instead; a route without a role is open."""
    for status in ("422", "500"):
        operation["responses"].pop(status, None)
    operation["responses"]["default"] = FAILED
    if role is None:
        operation["security"] = []
    else:
        operation["x-role"] = role.name.lower()  # type: ignore[attr-defined]


def _parts() -> Parts:
    """Parts that nobody will use: routes are read, not called."""
    key = Fernet.generate_key().decode()
    settings = Settings("local", "postgresql://nowhere", (key,), "https://sambung.example", None, None)
    keyring = Keyring(settings.keys)
    return Parts(settings, Database(settings.database_url), keyring, GatewayOpener(settings, keyring))


def text() -> str:
    """The file's content."""
    return json.dumps(document(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(text(), encoding="utf-8")
