"""What a person may choose about the stack, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import StackError

ROOT = Path(__file__).resolve().parents[1]
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Settings:
    """`root` holds template.yaml; `home` what is kept; port 0 takes a free one; `workers` is the most per function."""

    home: Path
    root: Path = ROOT
    port: int = 8400
    public_url: str = ""
    admin_password: str = ""
    demo: bool = True
    schedules: bool = True
    speedup: float = 1.0
    workers: int = 3
    sends_per_minute: int = 60
    fan_out_over: int = 50
    durable: bool = True


def from_environment(env: Mapping[str, str], root: Path = ROOT) -> Settings:
    """The settings; raises StackError naming a variable that makes no sense."""
    return Settings(
        home=Path(env.get("SAMBUNG_HOME") or root / ".sambung").expanduser().absolute(),
        root=root,
        port=int(_number(env, "PORT", "8400", highest=HIGHEST_PORT)),
        public_url=env.get("SAMBUNG_PUBLIC_URL", "").rstrip("/"),
        admin_password=env.get("SAMBUNG_ADMIN_PASSWORD", ""),
        demo=_switch(env, "DEMO"),
        schedules=_switch(env, "SAMBUNG_SCHEDULES"),
        speedup=_number(env, "SAMBUNG_SCHEDULE_SPEEDUP", "1", highest=10_000, lowest=0.001),
        workers=int(_number(env, "SAMBUNG_WORKERS", "3", highest=64, lowest=1)),
        sends_per_minute=int(_number(env, "SAMBUNG_SENDS_PER_MINUTE", "60", highest=1_000_000, lowest=1)),
        fan_out_over=int(_number(env, "SAMBUNG_FAN_OUT_OVER", "50", highest=1_000_000)),
    )


def _number(env: Mapping[str, str], name: str, default: str, highest: float, lowest: float = 0) -> float:
    text = env.get(name) or default
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not lowest <= number <= highest:
        raise StackError(f"{name}={text} is not a number from {lowest} to {highest}: correct it, or leave it out.")
    return number


def _switch(env: Mapping[str, str], name: str) -> bool:
    return env.get(name, "on").lower() not in {"0", "off", "no", "false"}
