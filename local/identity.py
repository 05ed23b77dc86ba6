"""Creates the local user pool: groups, the page's client, one user for each role. It is new at every start."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.aws import Aws
from local.events import REGION
from local.keepsakes import SHORTEST_PASSWORD
from local.template import Template

# What a login needs. The stand-in checks no permissions, so nothing else may pass from outside.
PUBLIC_ACTIONS = frozenset({"InitiateAuth", "RespondToAuthChallenge", "RevokeToken", "GlobalSignOut"})
LAX_POLICY = {
    "MinimumLength": SHORTEST_PASSWORD,
    **{f"Require{kind}": False for kind in ("Uppercase", "Lowercase", "Numbers", "Symbols")},
}
POOL = "UserPool"
CLIENT = "UserPoolClient"


@dataclass(frozen=True, slots=True)
class UserPool:
    """The pool as tokens and the page know it."""

    pool_id: str
    client_id: str

    @property
    def issuer(self) -> str:
        """What tokens say; AWS's address, which the stand-in imitates and nobody calls."""
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool_id}"

    @property
    def keys_path(self) -> str:
        """Where the stand-in has the keys."""
        return f"/{self.pool_id}/.well-known/jwks.json"


async def create(aws: Aws, template: Template, passwords: Mapping[str, str]) -> UserPool:
    """A pool with the template's groups and client, and a user per entry of `passwords` in the group of its name."""
    pool = await aws.call(
        "cognito-idp", "CreateUserPool", {"PoolName": "sambung", "Policies": {"PasswordPolicy": LAX_POLICY}}
    )
    pool_id = str(_part(pool, "UserPool")["Id"])
    own = {key: value for key, value in template.user_pool_client.items() if key != "UserPoolId"}
    client = await aws.call("cognito-idp", "CreateUserPoolClient", {"UserPoolId": pool_id, "ClientName": "page", **own})
    for group in template.groups:
        await aws.call("cognito-idp", "CreateGroup", {"UserPoolId": pool_id, "GroupName": group})
    for name, password in passwords.items():
        await _create_user(aws, pool_id, name, password)
    return UserPool(pool_id, str(_part(client, "UserPoolClient")["ClientId"]))


async def _create_user(aws: Aws, pool_id: str, name: str, password: str) -> None:
    user = {"UserPoolId": pool_id, "Username": name}
    await aws.call("cognito-idp", "AdminCreateUser", {**user, "MessageAction": "SUPPRESS"})
    await aws.call("cognito-idp", "AdminSetUserPassword", {**user, "Password": password, "Permanent": True})
    await aws.call("cognito-idp", "AdminAddUserToGroup", {**user, "GroupName": name})


async def sign_in(aws: Aws, client_id: str, name: str, password: str) -> str:
    """An identity token for the user, as the page gets it."""
    answer = await aws.call(
        "cognito-idp",
        "InitiateAuth",
        {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": client_id,
            "AuthParameters": {"USERNAME": name, "PASSWORD": password},
        },
    )
    return str(_part(answer, "AuthenticationResult")["IdToken"])


def _part(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = answer[name]
    if not isinstance(part, dict):
        raise TypeError(name)
    return part
