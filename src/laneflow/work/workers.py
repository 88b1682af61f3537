"""Due work on many machines: on PostgreSQL it is split into shards that any worker may take.

A job is a shard of the due patients, never one case. Procrastinate hands jobs out; that nothing is
done twice is the file's own fence, since a stalled job may be tried again while it is still alive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import blake2b

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.work.app import App
from laneflow.work.deciding import When, work
from laneflow.work.due import check_clock

log = structlog.get_logger("laneflow.workers")

QUEUE = "laneflow"
SHARDS = 64
PER_SHARD = 200
"""Files in one job: about a second of work."""

STALLED = 60.0
"""Seconds without a sign of life after which a worker's job is given to another."""


def shard_of(patient: str, shards: int = SHARDS) -> int:
    """The shard a patient's file belongs to, the same on every machine."""
    return int.from_bytes(blake2b(patient.encode(), digest_size=4).digest(), "big") % shards


class Shards:
    """Due work of one practice as Procrastinate jobs in the practice's own PostgreSQL.

    Raises LaneflowError for any other database.
    """

    def __init__(self, app: App, database: str) -> None:
        if not database.startswith(("postgres://", "postgresql://")):
            what = "work is shared among machines on PostgreSQL only"
            raise LaneflowError(Problem("database", 0, 0, what, "Run one daemon on this database."))
        self.app = app
        self.jobs = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=database, max_size=4)
        )
        self.task = self.jobs.task(name="laneflow.shard", queue=QUEUE, pass_context=False)(
            self._work
        )

    def install(self) -> None:
        """Make Procrastinate's tables where they are not there yet."""
        with self.jobs.open():
            if not self.jobs.check_connection():
                self.jobs.schema_manager.apply_schema()

    def defer(self, at: Instant | None = None, *, accept_clock: bool = False) -> int:
        """Hand out everything that is due by ``at`` (now); return how many jobs were new.

        A shard whose job still waits is not handed out twice, however many daemons tick.
        Raises LaneflowError for a clock that cannot be right.
        """
        at = self.app.clock.now() if at is None else at
        check_clock(self.app, at, accept=accept_clock)
        shards: dict[int, list[str]] = {}
        for patient in self.app.store.due(at, SHARDS * PER_SHARD):
            shards.setdefault(shard_of(patient), []).append(patient)
        with self.jobs.open():
            new = sum(self._defer(shard, patients) for shard, patients in shards.items())
        self.app.store.tick(at)
        return new

    def run(self, *, wait: bool = True) -> None:
        """Work on jobs until SIGTERM or SIGINT, which finish the one in hand.

        Without ``wait`` leave as soon as none is left. Jobs of workers that died are taken over.
        """
        asyncio.run(self._run(wait))

    async def _run(self, wait: bool) -> None:
        async with self.jobs.open_async():
            await self.rescue()
            rescuing = asyncio.create_task(self._rescue_forever())
            try:
                # What failed is due still, and handed out again: no job needs to be kept.
                await self.jobs.run_worker_async(queues=[QUEUE], wait=wait, delete_jobs="always")
            finally:
                rescuing.cancel()

    async def _rescue_forever(self) -> None:
        while True:
            await asyncio.sleep(STALLED / 2)
            await self.rescue()

    async def rescue(self) -> int:
        """Give the jobs of workers that no longer answer to others; how many there were."""
        manager, rescued = self.jobs.job_manager, 0
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED):
            await manager.retry_job(job)
            rescued += 1
        return rescued

    def _defer(self, shard: int, patients: Sequence[str]) -> bool:
        job = self.task.configure(queueing_lock=f"laneflow-{shard}")
        try:
            job.defer(patients=list(patients[:PER_SHARD]))
        except AlreadyEnqueued:
            return False
        return True

    def _work(self, patients: list[str]) -> None:
        """One job: what is due in these files as of now, by what is live now."""
        now = self.app.clock.now()
        worked = work(self.app, dict.fromkeys(patients, ()), When.live(now))
        decisions = sum(len(result.decisions) for result in worked.written)
        log.info("shard", files=len(patients), decisions=decisions, failed=len(worked.failed))
