"""Release: forget an instance here and leave it alive on its server, with the webhook it had before us."""

import asyncio
from dataclasses import dataclass, replace

from manage_instance.webhook_setting import SettingWebhook
from sambung.domain.errors import GatewayFailed
from sambung.domain.instance import WebhookState

HAND_BACK_WITHIN_S = 8.0


@dataclass
class Releasing:
    """The action *release*."""

    setting: SettingWebhook

    async def run(self) -> None:
        """Take our webhook out of it. A server that does not answer keeps nobody from letting go."""
        try:
            async with asyncio.timeout(HAND_BACK_WITHIN_S):
                await self._hand_back()
        except (GatewayFailed, TimeoutError):
            return

    async def _hand_back(self) -> None:
        _, found = await self.setting.read()
        if found.state not in {WebhookState.OK, WebhookState.INCOMPLETE}:
            return
        if self.setting.running.instance.previous_webhook_sealed is not None:
            await self.setting.restore()
            return
        acting = self.setting.acting
        await acting.gateway.set_webhook(acting.name, replace(self.setting.ours, enabled=False, events=()))
