"""What a function is told from outside, read once from its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

FAN_OUT_OVER = 50
SENDS_PER_MINUTE = 60


class SettingMissing(RuntimeError):
    """A variable the function cannot do without is not set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One function's environment. `stage` `local` is the only one that allows http and loopback servers.

    `sends_per_minute`: of each number.
    """

    stage: str
    database_url: str
    keys: tuple[str, ...]
    public_url: str
    overflow_queue_url: str | None
    check_queue_url: str | None
    fan_out_over: int = FAN_OUT_OVER
    work_queue_url: str | None = None
    dead_letter_queue_urls: tuple[str, ...] = ()
    sends_per_minute: int = SENDS_PER_MINUTE

    @property
    def is_local(self) -> bool:
        """Whether this is a laptop."""
        return self.stage == "local"


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises SettingMissing naming the variable."""

    def required(name: str) -> str:
        value = env.get(name, "").strip()
        if not value:
            message = f"{name} is not set: template.yaml or the local stack must provide it"
            raise SettingMissing(message)
        return value

    return Settings(
        stage=env.get("SAMBUNG_STAGE", "prod"),
        database_url=required("SAMBUNG_DATABASE_URL"),
        keys=tuple(k.strip() for k in required("SAMBUNG_KEYS").split(",") if k.strip()),
        public_url=required("SAMBUNG_PUBLIC_URL").rstrip("/"),
        overflow_queue_url=env.get("SAMBUNG_OVERFLOW_QUEUE_URL") or None,
        check_queue_url=env.get("SAMBUNG_CHECK_QUEUE_URL") or None,
        fan_out_over=int(env.get("SAMBUNG_FAN_OUT_OVER") or FAN_OUT_OVER),
        work_queue_url=env.get("SAMBUNG_WORK_QUEUE_URL") or None,
        dead_letter_queue_urls=tuple(filter(None, env.get("SAMBUNG_DEAD_LETTER_QUEUE_URLS", "").split(","))),
        sends_per_minute=max(int(env.get("SAMBUNG_SENDS_PER_MINUTE") or SENDS_PER_MINUTE), 1),
    )
