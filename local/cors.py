"""Answers preflights and adds CORS headers as HTTP API does, instead of whatever a function said about CORS."""

from collections.abc import Mapping

from local.events import Answer
from local.template import Cors

PREFIX = "access-control-"


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether the request is a browser's question before a request."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(cors: Cors, headers: Mapping[str, str]) -> Answer:
    """The answer to a preflight; without CORS headers when the origin is not allowed."""
    allowed = _origin_headers(cors, headers)
    if allowed:
        allowed["access-control-allow-methods"] = ",".join(cors.methods)
        allowed["access-control-allow-headers"] = ",".join(cors.headers)
        if cors.max_age_s is not None:
            allowed["access-control-max-age"] = str(cors.max_age_s)
    return Answer(204, tuple(allowed.items()), b"")


def with_cors(cors: Cors, headers: Mapping[str, str], answer: Answer) -> Answer:
    """The answer with the API's CORS headers; its own are dropped when the API has a CORS configuration."""
    if not cors.origins:
        return answer
    own = tuple((name, value) for name, value in answer.headers if not name.lower().startswith(PREFIX))
    allowed = _origin_headers(cors, headers)
    if allowed and cors.exposed:
        allowed["access-control-expose-headers"] = ",".join(cors.exposed)
    return Answer(answer.status, own + tuple(allowed.items()), answer.body)


def _origin_headers(cors: Cors, headers: Mapping[str, str]) -> dict[str, str]:
    origin = headers.get("origin", "")
    if not origin or not {"*", origin} & set(cors.origins):
        return {}
    allowed = {"access-control-allow-origin": "*" if "*" in cors.origins else origin}
    if cors.credentials:
        allowed["access-control-allow-credentials"] = "true"
    return allowed
