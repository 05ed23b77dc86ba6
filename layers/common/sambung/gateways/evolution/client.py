"""An Evolution server as a gateway: asks what `bodies` writes, understands what `answers` reads."""

from collections.abc import Callable
from typing import Final, TypeVar

from sambung.domain.errors import Code
from sambung.gateways.ask import Ask
from sambung.gateways.evolution import answers, bodies
from sambung.gateways.evolution.versions import BASIC_EVENTS, is_addressable, traits
from sambung.gateways.http import GatewayHttp, Line, Patience, persist
from sambung.gateways.reply import Reply
from sambung.gateways.shape import (
    ConnectAnswer,
    Created,
    Failed,
    Kind,
    Listed,
    Memory,
    Ok,
    Result,
    Sent,
    ServerInfo,
    WebhookAttempt,
    WebhookSet,
    WebhookSetting,
    WebhookShape,
    WebhookTarget,
)

T = TypeVar("T")

# Refused for its form: nothing was done, so another form may be offered.
_FORM: Final = frozenset({"wrong_form", "schema"})
_UNADDRESSABLE: Final = Failed(Kind.PERMANENT, Code.INSTANCE_NAME_INVALID, evidence="no call can name this instance")


class Evolution:
    """One Evolution server; see Gateway. `version` and `webhook_shape` are what was learned of it before."""

    def __init__(
        self,
        line: Line,
        http: GatewayHttp,
        *,
        version: str | None,
        webhook_shape: WebhookShape | None,
        patience: Patience,
    ) -> None:
        self._line = line
        self._http = http
        self._traits = traits(version)
        self._shape = webhook_shape
        self._patience = patience

    async def info(self) -> Result[ServerInfo]:
        return await self._call(bodies.info(), answers.info)

    async def instances(self) -> Result[tuple[Listed, ...]]:
        return await self._call(bodies.instances(), answers.instances)

    async def instance(self, name: str) -> Result[Listed | None]:
        return await self._named(name, bodies.instance, lambda reply: answers.instance(reply, name))

    async def memory(self, name: str, token: str | None = None) -> Result[Memory | None]:
        found = await self._named(name, lambda n: bodies.memory(n, token), answers.memory)
        if token and isinstance(found, Failed) and found.code is Code.SERVER_KEY_REJECTED:
            return Failed(Kind.PERMANENT, Code.INSTANCE_EXISTS, found.http, "not_ours", found.evidence)
        return found

    async def create(
        self, name: str, token: str, number: str | None = None, webhook: WebhookTarget | None = None
    ) -> Result[Created]:
        return await self._named(
            name, lambda n: bodies.create(n, token, number, webhook), lambda reply: answers.created(reply, token)
        )

    async def connect(self, name: str, number: str | None = None) -> Result[ConnectAnswer]:
        return await self._named(name, lambda n: bodies.connect(n, number), answers.connected)

    async def restart(self, name: str) -> Result[None]:
        """Where the version is unknown, the method the server lacks proves that nothing was done."""
        by_put = self._traits.restart_by_put is True
        done = await self._named(name, lambda n: bodies.restart(n, by_put=by_put), answers.restarted)
        if isinstance(done, Failed) and done.cause == "route_missing":
            return await self._named(name, lambda n: bodies.restart(n, by_put=not by_put), answers.restarted)
        return done

    async def logout(self, name: str) -> Result[None]:
        return await self._named(name, bodies.logout, answers.logged_out)

    async def delete(self, name: str) -> Result[None]:
        return await self._named(name, bodies.delete, answers.deleted)

    async def set_webhook(self, name: str, target: WebhookTarget) -> Result[WebhookSet]:
        """Offer one body after the other until one is taken; only a complaint about the form leads to the next."""
        attempts: list[WebhookAttempt] = []
        refused = _UNADDRESSABLE
        for shape in bodies.shapes_to_try(self._shape, self._traits):
            done = await self._offer(name, target, shape)
            if isinstance(done, Ok):
                self._shape = shape
                return Ok(WebhookSet(shape, (*attempts, WebhookAttempt(shape))))
            refused = done
            attempts.append(WebhookAttempt(shape, refused))
            if refused.cause not in _FORM:
                break
        return refused

    async def webhook(self, name: str) -> Result[WebhookSetting | None]:
        return await self._named(name, bodies.webhook, lambda reply: answers.webhook(reply, self._traits.events))

    async def send_text(self, name: str, to: str, text: str) -> Result[Sent]:
        """A body refused for its form was not sent, so the other version's may follow."""
        nested = self._traits.major == 1
        done = await self._named(name, lambda n: bodies.send_text(n, to, text, nested=nested), answers.sent)
        if isinstance(done, Failed) and done.cause == "wrong_form":
            return await self._named(name, lambda n: bodies.send_text(n, to, text, nested=not nested), answers.sent)
        return done

    async def _offer(self, name: str, target: WebhookTarget, shape: WebhookShape) -> Result[None]:
        """One body; with the events every version knows where the server does not know one of ours."""
        done = await self._set(name, target, shape, self._traits.events if target.events is None else target.events)
        if isinstance(done, Failed) and done.cause == "unknown_event":
            return await self._set(name, target, shape, BASIC_EVENTS)
        return done

    async def _set(
        self, name: str, target: WebhookTarget, shape: WebhookShape, events: tuple[str, ...]
    ) -> Result[None]:
        body = bodies.webhook_body(shape, target, events, headers=self._traits.sends_headers)
        secrets = (target.url, *target.headers.values())
        return await self._named(name, lambda n: bodies.set_webhook(n, body, secrets), answers.webhook_set)

    async def _named(self, name: str, ask: Callable[[str], Ask], parse: Callable[[Reply], Result[T]]) -> Result[T]:
        return await self._call(ask(name), parse) if is_addressable(name) else _UNADDRESSABLE

    async def _call(self, ask: Ask, parse: Callable[[Reply], Result[T]]) -> Result[T]:
        async def once(seconds: float) -> Result[T]:
            reply = await self._http.exchange(self._line, ask, seconds=seconds, connect_s=self._patience.connect_s)
            return reply if isinstance(reply, Failed) else parse(reply)

        return await persist(once, self._patience, ask.effect)
