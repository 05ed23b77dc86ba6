"""Authorizer, CORS, throttle, page and schedules follow HTTP API, CloudFront and EventBridge."""

import gzip
import time
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local import cors
from local.authorizer import UnauthorizedError, bearer, claim_text, unauthorized, verify
from local.errors import StackError
from local.events import Answer
from local.page import Page
from local.settings import from_environment
from local.template import Cors, JwtAuthorizer, Throttle
from local.throttle import TokenBucket
from local.timetable import seconds_until_next

KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = jwt.PyJWKSet(
    [{**jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "1", "alg": "RS256"}]
)
AUTHORIZER = JwtAuthorizer("https://issuer", ("client-1",))
CLAIMS: dict[str, object] = {"iss": "https://issuer", "aud": "client-1", "exp": 4_000_000_000, "sub": "s"}


def token(claims: dict[str, object], key: rsa.RSAPrivateKey = KEY, kid: str = "1") -> str:
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def test_a_token_for_the_client_counts_by_aud_or_client_id() -> None:
    assert verify(token(CLAIMS), AUTHORIZER, PUBLIC).claims["sub"] == "s"
    access = {**{name: value for name, value in CLAIMS.items() if name != "aud"}, "client_id": "client-1"}
    assert verify(token(access), AUTHORIZER, PUBLIC).claims["client_id"] == "client-1"


@pytest.mark.parametrize(
    "made",
    [
        token({**CLAIMS, "iss": "https://other"}),
        token({**CLAIMS, "aud": "other"}),
        token({**CLAIMS, "exp": int(time.time()) - 1}),
        token({name: value for name, value in CLAIMS.items() if name != "exp"}),
        token(CLAIMS, OTHER_KEY),
        token(CLAIMS, kid="2"),
        jwt.encode(CLAIMS, "x" * 32, algorithm="HS256", headers={"kid": "1"}),
        jwt.encode(CLAIMS, "", algorithm="none", headers={"kid": "1"}),
        "garbage",
        "a.b.c",
    ],
)
def test_any_other_token_is_unauthorized(made: str) -> None:
    with pytest.raises(UnauthorizedError):
        verify(made, AUTHORIZER, PUBLIC)


def test_a_token_may_come_with_or_without_the_word_bearer() -> None:
    assert bearer({"authorization": "Bearer abc"}) == "abc"
    assert bearer({"authorization": "abc"}) == "abc"
    for headers in ({}, {"authorization": ""}, {"authorization": "Bearer "}):
        with pytest.raises(UnauthorizedError):
            bearer(headers)


def test_the_401_is_http_apis_own() -> None:
    answer = unauthorized(UnauthorizedError(""))
    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert ("www-authenticate", "Bearer") in answer.headers


@pytest.mark.parametrize(
    ("claim", "text"),
    [(["admin", "operator"], "[admin operator]"), (True, "true"), (12, "12"), ("x", "x"), ([], "[]")],
)
def test_claims_arrive_as_strings(claim: object, text: str) -> None:
    assert claim_text(claim) == text


OURS = Cors(("http://page",), ("GET", "POST"), ("authorization",), ("etag",), 600)


def test_a_preflight_of_our_page_is_answered_and_of_another_not() -> None:
    asked = {"origin": "http://page", "access-control-request-method": "POST"}
    assert cors.is_preflight("OPTIONS", asked)
    answer = cors.preflight(OURS, asked)
    assert answer.status == 204
    assert dict(answer.headers) == {
        "access-control-allow-origin": "http://page",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization",
        "access-control-max-age": "600",
    }
    assert cors.preflight(OURS, {**asked, "origin": "http://else"}).headers == ()


def test_the_functions_own_cors_headers_are_replaced() -> None:
    own = Answer(200, (("Access-Control-Allow-Origin", "*"), ("x", "1")), b"")
    assert dict(cors.with_cors(OURS, {"origin": "http://page"}, own).headers) == {
        "x": "1",
        "access-control-allow-origin": "http://page",
        "access-control-expose-headers": "etag",
    }
    assert dict(cors.with_cors(OURS, {}, own).headers) == {"x": "1"}
    assert cors.with_cors(Cors(), {}, own) == own


def test_a_bucket_admits_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(Throttle(rate=2, burst=3), now=0)
    assert [bucket.admit(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.admit(0.5), bucket.admit(0.5)] == [True, False]
    assert [bucket.admit(100) for _ in range(4)] == [True, True, True, False]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "dist").mkdir()
    (tmp_path / "secret").write_text("s")
    (tmp_path / "dist" / "index.html").write_text("<p>hello</p>")
    (tmp_path / "dist" / "app.js").write_text("x" * 1000)
    return Page(tmp_path / "dist", {"Content-Security-Policy": "default-src 'none'; connect-src https://a https://b"})


def test_the_page_has_the_templates_headers_but_connects_to_itself_only(page: Page) -> None:
    answer = page.answer("/", {})
    assert answer is not None
    assert answer.body == b"<p>hello</p>"
    assert dict(answer.headers)["Content-Security-Policy"] == "default-src 'none'; connect-src 'self'"


def test_the_page_is_compressed_and_not_sent_twice(page: Page) -> None:
    answer = page.answer("/app.js", {"accept-encoding": "gzip, br"})
    assert answer is not None
    headers = dict(answer.headers)
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == b"x" * 1000
    again = page.answer("/app.js", {"if-none-match": headers["etag"]})
    assert again is not None
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["/../secret", "/nothing.js", "//etc/passwd", "/.."])
def test_nothing_but_the_pages_files_is_served(page: Page, path: str) -> None:
    assert page.answer(path, {}) is None


def test_a_page_that_is_not_built_says_so(tmp_path: Path) -> None:
    answer = Page(tmp_path / "dist", {}).answer("/", {})
    assert answer is not None
    assert answer.status == 503
    assert b"make up" in answer.body


NOW = datetime(2026, 11, 21, 23, 2, 22, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 hours)", 7200),
        ("cron(0/15 * * * ? *)", 12 * 60 + 38),
        ("cron(0 0 * * ? *)", 57 * 60 + 38),
        ("cron(30 8 ? * MON-FRI *)", (24 + 9) * 3600 + 27 * 60 + 38),
        ("cron(0 0 1 JAN ? *)", 40 * 86400 + 57 * 60 + 38),
    ],
)
def test_a_schedule_knows_its_next_run(expression: str, seconds: int) -> None:
    assert seconds_until_next(expression, NOW) == seconds
    assert seconds_until_next(expression, NOW, speedup=10) == seconds / 10


@pytest.mark.parametrize("expression", ["rate(1 fortnight)", "cron(* * *)", "sometimes", "cron(0 0 31 FEB ? *)"])
def test_a_schedule_that_makes_no_sense_is_named(expression: str) -> None:
    with pytest.raises(StackError, match="template"):
        seconds_until_next(expression, NOW)


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    settings = from_environment({"SAMBUNG_HOME": str(tmp_path), "PORT": "0", "DEMO": "0", "SAMBUNG_SCHEDULES": "off"})
    assert (settings.home, settings.port, settings.demo, settings.schedules) == (tmp_path, 0, False, False)
    default = from_environment({}, tmp_path)
    assert (default.home, default.port, default.demo, default.schedules) == (tmp_path / ".sambung", 8400, True, True)


@pytest.mark.parametrize(("name", "value"), [("PORT", "abc"), ("PORT", "70000"), ("SAMBUNG_SCHEDULE_SPEEDUP", "0")])
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(StackError, match=name):
        from_environment({name: value})
