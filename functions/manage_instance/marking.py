"""A gateway that says so before and after every call that does something, so that no action is sent unrecorded."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sambung.gateways.shape import (
    ConnectAnswer,
    Created,
    Gateway,
    Listed,
    Memory,
    Result,
    Sent,
    ServerInfo,
    T_co,
    WebhookSet,
    WebhookSetting,
    WebhookTarget,
)


@dataclass(frozen=True, slots=True)
class Marked:
    """See Gateway. `about_to` and `done` are told the call's name; reads pass by unmarked."""

    gateway: Gateway
    about_to: Callable[[str], None]
    done: Callable[[str], None]

    async def info(self) -> Result[ServerInfo]:
        return await self.gateway.info()

    async def instances(self) -> Result[tuple[Listed, ...]]:
        return await self.gateway.instances()

    async def instance(self, name: str) -> Result[Listed | None]:
        return await self.gateway.instance(name)

    async def memory(self, name: str, token: str | None = None) -> Result[Memory | None]:
        return await self.gateway.memory(name, token)

    async def webhook(self, name: str) -> Result[WebhookSetting | None]:
        return await self.gateway.webhook(name)

    async def create(
        self, name: str, token: str, number: str | None = None, webhook: WebhookTarget | None = None
    ) -> Result[Created]:
        return await self._do("create", lambda: self.gateway.create(name, token, number, webhook))

    async def connect(self, name: str, number: str | None = None) -> Result[ConnectAnswer]:
        return await self._do("connect", lambda: self.gateway.connect(name, number))

    async def restart(self, name: str) -> Result[None]:
        return await self._do("restart", lambda: self.gateway.restart(name))

    async def logout(self, name: str) -> Result[None]:
        return await self._do("logout", lambda: self.gateway.logout(name))

    async def delete(self, name: str) -> Result[None]:
        return await self._do("delete", lambda: self.gateway.delete(name))

    async def set_webhook(self, name: str, target: WebhookTarget) -> Result[WebhookSet]:
        return await self._do("set-webhook", lambda: self.gateway.set_webhook(name, target))

    async def send_text(self, name: str, to: str, text: str) -> Result[Sent]:
        return await self._do("send", lambda: self.gateway.send_text(name, to, text))

    async def _do(self, call: str, work: Callable[[], Awaitable[Result[T_co]]]) -> Result[T_co]:
        self.about_to(call)
        answer = await work()
        self.done(call)
        return answer
