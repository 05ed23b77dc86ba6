"""API Gateway lets through what it should, to the function it should, and writes down no secret."""

import json

import pytest

from tests.unit.infrastructure import stack

ROUTES = {
    "ManageInstanceFunction": """
        GET /api/me
        GET /api/clients            POST /api/clients
        PATCH /api/clients/{id}     DELETE /api/clients/{id}
        GET /api/servers            POST /api/servers
        PATCH /api/servers/{id}     DELETE /api/servers/{id}
        POST /api/servers/{id}/check
        GET /api/servers/{id}/instances
        GET /api/instances          POST /api/instances
        GET /api/instances/{id}     PATCH /api/instances/{id}   DELETE /api/instances/{id}
        GET /api/instances/{id}/qr  GET /api/instances/{id}/diagnosis
        POST /api/instances/{id}/connect        POST /api/instances/{id}/restart
        POST /api/instances/{id}/logout         POST /api/instances/{id}/set-webhook
        POST /api/instances/{id}/recreate       POST /api/instances/{id}/release
        POST /api/instances/{id}/reconnect      POST /api/instances/{id}/messages
        POST /api/instances/sync
        POST /api/instances/delete-all/preview  POST /api/instances/delete-all
        GET /api/operations/{id}    POST /api/operations/{id}/cancel
        GET /api/ops-logs           GET /api/ops-logs/export
    """,
    "HealthCheckFunction": """
        GET /api/health-check       POST /api/health-check
        GET /api/alerts             POST /api/alerts/{id}/acknowledge
        GET /api/alert-channels     PUT /api/alert-channels     POST /api/alert-channels/test
        GET /api/metrics/uptime     GET /api/metrics/sync       GET /api/metrics/strips
        GET /api/metrics/servers    GET /api/metrics/events
        GET /health
    """,
    "ReconcilerFunction": "POST /api/reconcile",
    "WebhookFunction": "POST /webhooks/{proxy+}  GET /api/whatsapp/{proxy+}  POST /api/whatsapp/{proxy+}",
}
OPEN = {
    ("GET", "/health"),
    ("POST", "/webhooks/{proxy+}"),
    ("GET", "/api/whatsapp/{proxy+}"),
    ("POST", "/api/whatsapp/{proxy+}"),
}


def api() -> stack.Tree:
    return stack.resources("AWS::Serverless::HttpApi")["HttpApi"]


@pytest.mark.parametrize("function", sorted(ROUTES))
def test_a_function_gets_exactly_its_routes(function: str) -> None:
    words = ROUTES[function].split()
    expected = list(zip(words[::2], words[1::2], strict=True))
    assert sorted((route.method, route.path) for route in stack.routes() if route.function == function) == sorted(
        expected
    )


def test_every_route_belongs_to_the_one_api() -> None:
    assert all(own["ApiId"] == {"Ref": "HttpApi"} for _, own in stack.events("HttpApi"))


def test_only_health_and_the_gateways_routes_pass_without_a_token() -> None:
    assert {(route.method, route.path) for route in stack.routes() if route.open} == OPEN


def test_every_other_route_takes_the_jwt_authorizer_by_default() -> None:
    auth = api()["Auth"]
    assert list(auth["Authorizers"]) == [auth["DefaultAuthorizer"]]
    assert all("Auth" not in own or own["Auth"] == {"Authorizer": "NONE"} for _, own in stack.events("HttpApi"))


def test_tokens_come_from_the_own_user_pool_or_the_issuer_given() -> None:
    authorizer = api()["Auth"]["Authorizers"]["Oidc"]
    jwt = authorizer["JwtConfiguration"]
    assert authorizer["IdentitySource"] == "$request.header.Authorization"
    assert jwt["issuer"]["Fn::If"][0] == "UsesCognito"
    assert jwt["issuer"]["Fn::If"][2] == {"Ref": "Issuer"}
    assert jwt["audience"] == [{"Fn::If": ["UsesCognito", {"Ref": "UserPoolClient"}, {"Ref": "Audience"}]}]


def test_cors_admits_the_page_alone_and_its_headers() -> None:
    cors = api()["CorsConfiguration"]
    # SAM drops every other rule when this list is itself a function.
    assert cors["AllowOrigins"] == [{"Ref": "AllowedOrigin"}]
    assert {"authorization", "content-type", "idempotency-key", "if-none-match"} == set(cors["AllowHeaders"])
    assert {"etag", "retry-after"} <= set(cors["ExposeHeaders"])
    assert {route.method for route in stack.routes()} <= set(cors["AllowMethods"])
    assert "AllowCredentials" not in cors


def test_the_access_log_is_json_without_any_path() -> None:
    log = json.loads(api()["AccessLogSettings"]["Format"])
    assert log["routeKey"] == "$context.routeKey"
    assert not [value for value in log.values() if "path" in value.lower()]


def test_a_flood_is_answered_429_by_api_gateway_before_lambda_answers_503() -> None:
    assert api()["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "RequestsPerSecond"},
        "ThrottlingBurstLimit": {"Ref": "RequestsPerSecond"},
    }
