"""Calls the AWS stand-in over its JSON protocol, without the second that importing boto3 costs at every start."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

import aiohttp

from local.errors import StackError
from local.events import REGION

TARGETS = {"sqs": "AmazonSQS", "cognito-idp": "AWSCognitoIdentityProviderService"}
CALL_S = 10.0


class AwsError(StackError):
    """The stand-in refused; `kind` is AWS's name for it, such as NotAuthorizedException."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


class Aws:
    """A client of the AWS stand-in at `url`."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url

    async def call(self, service: str, action: str, body: Mapping[str, object]) -> dict[str, object]:
        """One action; raises AwsError when refused."""
        status, text = await self.forward(service, action, json.dumps(body).encode())
        if status != HTTPStatus.OK:
            raise _refusal(status, text)
        return cast("dict[str, object]", json.loads(text or b"{}"))

    async def forward(self, service: str, action: str, body: bytes) -> tuple[int, bytes]:
        """One action with a body as it is; status and body of the answer."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1" if service == "cognito-idp" else "application/x-amz-json-1.0",
            "X-Amz-Target": f"{TARGETS[service]}.{action}",
            # The stand-in checks no signature; it only reads the service out of it.
            "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/{service}/aws4_request",
        }
        timeout = aiohttp.ClientTimeout(total=CALL_S)
        async with self._session.post(self.url, data=body, headers=headers, timeout=timeout) as response:
            return response.status, await response.read()

    async def get(self, path: str) -> bytes:
        """A document, such as the user pool's keys."""
        async with self._session.get(self.url + path, timeout=aiohttp.ClientTimeout(total=CALL_S)) as response:
            response.raise_for_status()
            return await response.read()


def _refusal(status: int, text: bytes) -> AwsError:
    """What the stand-in says of it; where it broke, it says so in HTML."""
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return AwsError(str(status), "the AWS stand-in failed; its log says why")
    kind = str(answer.get("__type", status)).rpartition("#")[2]
    return AwsError(kind, str(answer.get("message", answer)))
