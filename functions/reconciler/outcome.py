"""What a sweep covers, and what it did."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sambung.domain.reconcile import Plan
from sambung.store.servers import Server


@dataclass(frozen=True, slots=True)
class Scope:
    """What to sweep: all servers where `server_ids` is None. `thorough`: read every instance, somebody asked.
    `dry_run`: list and plan, take no lease, read and write nothing."""

    server_ids: Collection[UUID] | None = None
    thorough: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ServerResult:
    """One server's part. `outcome`: swept, planned (dry run), unreadable, out_of_time, or held (by another sweep)."""

    server: Server
    outcome: str
    plan: Plan | None = None
    listed: int | None = None
    cause: str | None = None


@dataclass
class Result:
    """What a sweep did. Counts are of instances, of webhooks set again, and of operations ended; `moved`: assignments
    that followed their session; `conflicts`: sessions or numbers open in several places."""

    run_id: UUID
    dry_run: bool = False
    servers: list[ServerResult] = field(default_factory=list)
    reads: int = 0
    changed: int = 0
    webhooks_repaired: int = 0
    operations_ended: int = 0
    clocks_relearned: int = 0
    moved: int = 0
    conflicts: int = 0

    def counts(self) -> dict[str, int]:
        """The run in numbers, for the log."""
        return {
            "servers": len(self.servers),
            "unreadable": sum(one.outcome in {"unreadable", "out_of_time"} for one in self.servers),
            "held": sum(one.outcome == "held" for one in self.servers),
            "reads": self.reads,
            "changed": self.changed,
            "webhooks_repaired": self.webhooks_repaired,
            "operations_ended": self.operations_ended,
            "clocks_relearned": self.clocks_relearned,
            "moved": self.moved,
            "conflicts": self.conflicts,
        }
