"""Recreate: delete what is left, make the same name anew, and connect it; heals what no restart can."""

import secrets
from dataclasses import dataclass, replace

from manage_instance.acting import Acting
from manage_instance.connecting import NEWBORN, Connecting, Connection
from manage_instance.creating import create
from manage_instance.ending import Deleting
from manage_instance.journal import Running
from manage_instance.webhook_setting import SettingWebhook
from sambung.domain.instance import Seen, WebhookState
from sambung.edge.webhook_target import Found, judge
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, WebhookTarget
from sambung.store import instances
from sambung.store.instances import Instance


@dataclass
class Recreating:
    """The action *recreate*. A webhook of somebody else is set again as it was: nobody asked to take it over."""

    parts: Parts
    running: Running
    acting: Acting

    async def run(self) -> Connection:
        """What connecting the new life brought. Raises GatewayFailed; what is gone stays gone, and may be repeated."""
        setting = SettingWebhook(self.parts, self.running, self.acting)
        theirs = await self._theirs(setting)
        await Deleting(self.acting, None if theirs else setting.ours).run()
        token = secrets.token_hex(20)
        reborn = self._begin_new_life(token)
        # Observations of the new life carry its generation; those of the old one would be set aside.
        self.acting.generation = reborn.generation
        number = reborn.expected_number
        await create(self.acting.gateway, self.acting.name, token, number)
        self.acting.saw(Seen.CREATED, self.parts.now())
        anew = SettingWebhook(self.parts, replace(self.running, instance=reborn), self.acting)
        if theirs is None:
            await anew.put_if_any()
        else:
            await self.acting.gateway.set_webhook(self.acting.name, theirs)
            await anew.read()
        return await Connecting(self.acting, NEWBORN, self.parts.now).run()

    async def _theirs(self, setting: SettingWebhook) -> WebhookTarget | None:
        """Somebody else's webhook, which must survive; None where there is none, or no instance."""
        answer = await self.acting.gateway.webhook(self.acting.name)
        if isinstance(answer, Failed):
            return None
        found: Found = judge(answer.value, setting.ours)
        elsewhere = answer.value is not None and found.state is WebhookState.ELSEWHERE
        return answer.value.as_target if elsewhere and answer.value else None

    def _begin_new_life(self, token: str) -> Instance:
        """The row of the new life, written before the server is asked for it, so that a death in between is told."""
        instance_id = self.running.instance.id
        with self.parts.database.transaction() as connection:
            instances.edit_instance(
                connection,
                instance_id,
                {
                    "generation": self.running.instance.generation + 1,
                    "instance_token_sealed": self.parts.keyring.seal(token),
                    "webhook_state": WebhookState.UNKNOWN.value,
                    "webhook_proven": False,
                    "webhook_url_host": None,
                    "phone_number": None,
                    "profile_name": None,
                },
            )
            reborn = instances.instance(connection, instance_id)
        if reborn is None:
            raise LookupError(str(instance_id))
        return reborn
