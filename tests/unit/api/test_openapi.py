"""The published contract is the functions' own."""

import json

import pytest

from docs import openapi
from sambung.edge.access import ROUTES


def test_the_committed_document_is_the_generated_one() -> None:
    assert openapi.COMMITTED.read_text(encoding="utf-8") == openapi.text(), "run: python -m docs.openapi"


@pytest.fixture(scope="module")
def paths() -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(openapi.COMMITTED.read_text(encoding="utf-8"))["paths"]
    return found


def test_every_route_under_api_has_a_role_and_every_role_a_route(
    paths: dict[str, dict[str, dict[str, object]]],
) -> None:
    published = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert {route for route in published if route[1].startswith("/api/")} == set(ROUTES)


def test_what_needs_no_token_is_only_our_own_health(paths: dict[str, dict[str, dict[str, object]]]) -> None:
    open_ones = [path for path, methods in paths.items() for operation in methods.values() if "x-role" not in operation]
    assert open_ones == ["/health"]
