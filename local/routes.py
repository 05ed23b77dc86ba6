"""Chooses a route as HTTP API does: a full match first, then the longest greedy one, then $default."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from local.template import Route


@dataclass(frozen=True, slots=True)
class Match:
    """The chosen route and its path parameters, decoded."""

    route: Route
    parameters: dict[str, str]


def choose(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """The route for a request; `path` is raw, as sent."""
    matches = [
        Match(route, parameters)
        for route in routes
        if route.method in {method, "ANY"} and (parameters := _parameters(route.path, path)) is not None
    ]
    return min(matches, key=lambda match: _rank(match.route), default=None)


def _parameters(pattern: str, path: str) -> dict[str, str] | None:
    if pattern == "$default":
        return {}
    wanted, given = pattern.split("/")[1:], path.split("/")[1:]
    parameters: dict[str, str] = {}
    for index, part in enumerate(wanted):
        if part.endswith("+}"):
            rest = "/".join(given[index:])
            return {**parameters, part[1:-2]: unquote(rest)} if rest else None
        if index >= len(given):
            return None
        if part.startswith("{") and given[index]:
            parameters[part[1:-1]] = unquote(given[index])
        elif part != unquote(given[index]):
            return None
    return parameters if len(wanted) == len(given) else None


def _rank(route: Route) -> tuple[int, tuple[int, ...], int]:
    """Lower is better: full before greedy before $default, literal before variable, a method before ANY."""
    if route.path == "$default":
        return 2, (), 0
    greedy = route.path.endswith("+}")
    # A longer greedy prefix is more specific: its extra literal parts stand where the shorter one has its {name+}.
    kinds = tuple(2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in route.path.split("/")[1:])
    return int(greedy), kinds, int(route.method == "ANY")
