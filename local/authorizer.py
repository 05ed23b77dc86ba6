"""Checks bearer tokens as HTTP API's JWT authorizer does, and passes claims on in its odd format."""

from collections.abc import Mapping

import jwt

from local.events import Answer, Identity, plain_answer
from local.template import JwtAuthorizer

# The real one forgives no clock.
LEEWAY_S = 0


class UnauthorizedError(Exception):
    """No token, or one that does not count; the text goes into WWW-Authenticate."""


def bearer(headers: Mapping[str, str]) -> str:
    """The token of a request, with or without the word Bearer."""
    value = headers.get("authorization", "").strip()
    scheme, _, token = value.partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else value
    if not token:
        raise UnauthorizedError("")
    return token


def verify(token: str, authorizer: JwtAuthorizer, keys: jwt.PyJWKSet) -> Identity:
    """The identity in a token of the authorizer's issuer, for one of its audiences."""
    try:
        key = keys[str(jwt.get_unverified_header(token)["kid"])]
        claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            issuer=authorizer.issuer,
            leeway=LEEWAY_S,
            # Cognito's access tokens carry client_id instead of aud: checked below.
            options={"verify_aud": False, "require": ["exp"]},
        )
    except jwt.ExpiredSignatureError:
        raise UnauthorizedError("the token has expired") from None
    except (jwt.PyJWTError, KeyError):
        raise UnauthorizedError("the token is not valid") from None
    audience = claims.get("aud", claims.get("client_id"))
    if not set(audience if isinstance(audience, list) else [audience]) & set(authorizer.audiences):
        raise UnauthorizedError("invalid audience")
    return Identity({name: claim_text(value) for name, value in claims.items()}, None)


def claim_text(value: object) -> str:
    """A claim as HTTP API writes it: always a string, lists as `[a b]`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(claim_text(item) for item in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{claim_text(item)}' for key, item in sorted(value.items()))}]"
    return str(value)


def unauthorized(error: UnauthorizedError) -> Answer:
    """The 401 of HTTP API."""
    detail = f' scope="" error="invalid_token" error_description="{error}"' if str(error) else ""
    return plain_answer(401, "Unauthorized", ("www-authenticate", f"Bearer{detail}"))
