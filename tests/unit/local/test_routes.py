"""Routes are chosen as HTTP API chooses them."""

import pytest

from local.routes import choose
from local.template import Route


def routes(*keys: str) -> list[Route]:
    parts = [("ANY", key) if key == "$default" else tuple(key.split(" ")) for key in keys]
    return [Route(method, path, "f", authorized=False) for method, path in parts]


DOGS = routes("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
        ("GET", "/", "$default", {}),
        ("GET", "/pets/dog/a%2Fb%20c", "GET /pets/dog/{id}", {"id": "a/b c"}),
        ("GET", "/pets/dog/", "GET /pets/{proxy+}", {"proxy": "dog/"}),
    ],
)
def test_full_match_then_greedy_then_default(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    match = choose(DOGS, method, path)
    assert match is not None
    assert (match.route.key, match.parameters) == (key, parameters)


def test_the_order_of_declaration_does_not_matter() -> None:
    for path in ("/pets/dog/1", "/pets/dog/2", "/pets/cat/1", "/x", "/"):
        assert choose(DOGS, "GET", path) == choose(list(reversed(DOGS)), "GET", path)


def test_a_named_method_wins_over_any() -> None:
    match = choose(routes("ANY /a", "GET /a"), "GET", "/a")
    assert match is not None
    assert match.route.key == "GET /a"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/x"), ("POST", "/api/me"), ("GET", "/api/me/"), ("GET", "/")]
)
def test_what_no_route_takes_has_no_match(method: str, path: str) -> None:
    assert choose(routes("GET /api/me", "GET /hooks/{proxy+}"), method, path) is None


def test_a_greedy_part_needs_something() -> None:
    assert choose(routes("POST /hooks/{proxy+}"), "POST", "/hooks") is None
    assert choose(routes("POST /hooks/{proxy+}"), "POST", "/hooks/") is None
