"""Who may do what: the one table of routes and roles, and the caller as the authorizer's claims tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from sambung.domain.errors import Code, RequestError


class Role(IntEnum):
    """Each role may do what the one before it may."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3


_V, _O, _A = Role.VIEWER, Role.OPERATOR, Role.ADMIN

ROUTES: Mapping[tuple[str, str], Role] = {
    ("GET", "/api/me"): _V,
    ("GET", "/api/clients"): _V,
    ("POST", "/api/clients"): _A,
    ("PATCH", "/api/clients/{client_id}"): _A,
    ("DELETE", "/api/clients/{client_id}"): _A,
    ("GET", "/api/servers"): _V,
    ("POST", "/api/servers"): _A,
    ("PATCH", "/api/servers/{server_id}"): _A,
    ("DELETE", "/api/servers/{server_id}"): _A,
    ("POST", "/api/servers/{server_id}/check"): _O,
    ("GET", "/api/servers/{server_id}/instances"): _V,
    ("GET", "/api/instances"): _V,
    ("POST", "/api/instances"): _A,
    ("GET", "/api/instances/{instance_id}"): _V,
    ("PATCH", "/api/instances/{instance_id}"): _O,
    ("DELETE", "/api/instances/{instance_id}"): _A,
    ("GET", "/api/instances/{instance_id}/diagnosis"): _V,
    ("GET", "/api/instances/{instance_id}/qr"): _O,
    ("POST", "/api/instances/{instance_id}/connect"): _O,
    ("POST", "/api/instances/{instance_id}/restart"): _O,
    ("POST", "/api/instances/{instance_id}/logout"): _O,
    ("POST", "/api/instances/{instance_id}/set-webhook"): _O,
    ("POST", "/api/instances/{instance_id}/recreate"): _A,
    ("POST", "/api/instances/{instance_id}/release"): _A,
    ("POST", "/api/instances/{instance_id}/messages"): _O,
    ("POST", "/api/instances/sync"): _O,
    ("POST", "/api/instances/delete-all/preview"): _A,
    ("POST", "/api/instances/delete-all"): _A,
    ("POST", "/api/instances/{instance_id}/reconnect"): _O,
    ("GET", "/api/operations/{operation_id}"): _V,
    ("POST", "/api/operations/{operation_id}/cancel"): _O,
    ("GET", "/api/ops-logs"): _V,
    ("GET", "/api/ops-logs/export"): _O,
    ("POST", "/api/reconcile"): _O,
    ("GET", "/api/health-check"): _V,
    ("POST", "/api/health-check"): _O,
    ("GET", "/api/alerts"): _V,
    ("POST", "/api/alerts/{alert_id}/acknowledge"): _O,
    ("GET", "/api/alert-channels"): _A,
    ("PUT", "/api/alert-channels"): _A,
    ("POST", "/api/alert-channels/test"): _A,
    ("GET", "/api/metrics/uptime"): _V,
    ("GET", "/api/metrics/sync"): _V,
    ("GET", "/api/metrics/strips"): _V,
    ("GET", "/api/metrics/servers"): _V,
    ("GET", "/api/metrics/events"): _V,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `roles` are the group names as the identity provider gives them."""

    username: str
    roles: tuple[str, ...]

    @property
    def role(self) -> Role | None:
        """The highest role among the groups; None where no group is ours."""
        known = [Role[name.upper()] for name in self.roles if name.upper() in Role.__members__]
        return max(known, default=None)

    def may(self, role: Role) -> bool:
        """Whether the caller has at least this role."""
        return self.role is not None and self.role >= role


def caller_of(claims: Mapping[str, object] | None) -> Caller:
    """The caller in the claims that API Gateway's authorizer passes; raises `unauthorized` where there are none.

    HTTP API flattens the list of groups to the string `[admin operator]`.
    """
    if not claims:
        raise RequestError(Code.UNAUTHORIZED)
    groups = str(claims.get("cognito:groups", "")).strip("[]").replace(",", " ").split()
    name = claims.get("cognito:username") or claims.get("username") or claims.get("email") or claims.get("sub") or ""
    return Caller(username=str(name), roles=tuple(groups))


def required_role(method: str, path: str) -> Role | None:
    """The role a request needs; None where no such route exists."""
    asked = _segments(path)
    for (route_method, pattern), role in ROUTES.items():
        if route_method == method and _matches(_segments(pattern), asked):
            return role
    return None


def _segments(path: str) -> Sequence[str]:
    return path.strip("/").split("/")


def _matches(pattern: Sequence[str], asked: Sequence[str]) -> bool:
    return len(pattern) == len(asked) and all(p.startswith("{") or p == a for p, a in zip(pattern, asked, strict=True))
