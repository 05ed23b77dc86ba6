"""Invokes functions on their schedules, as EventBridge does."""

import asyncio
import uuid
from datetime import UTC, datetime

from local.events import schedule_event
from local.template import Schedule
from local.timetable import seconds_until_next
from local.workers import WorkerPool


async def run(schedule: Schedule, pool: WorkerPool, speedup: float) -> None:
    """Invoke at each time of the schedule until cancelled, also when the last run has not ended."""
    async with asyncio.TaskGroup() as group:
        while True:
            await asyncio.sleep(seconds_until_next(schedule.expression, datetime.now(UTC), speedup))
            group.create_task(pool.invoke(schedule_event(schedule, str(uuid.uuid4()), datetime.now(UTC))))
