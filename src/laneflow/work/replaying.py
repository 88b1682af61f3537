"""Replays over a whole practice: stories out of files or the log, told on every core, added up."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context

import msgspec

from laneflow.engine.state import Instant
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.deaf import deaf
from laneflow.proofs.replay import Beside, Replayer
from laneflow.work.garbage import rarely_collected
from laneflow.work.stories import Raw

CHUNK = 100
"""Patients told together: enough to outweigh the way to another process, few enough that Ctrl-C
and the bar do not wait."""

WORTH_IT = 5
"""Chunks from which on other processes are worth starting: each takes about a second."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is replayed: the practice held against, the edited one, and the period's instants.

    ``decided``: the first side is run again, too, where the log would tell what happened.
    """

    before: LoadedPractice
    after: LoadedPractice
    since: Instant
    until: Instant
    decided: bool = False

    def replayer(self) -> Replayer:
        """The plan, compiled for this thread."""
        return Replayer(self.before, self.after, self.since, self.until, decided=self.decided)


def replay(
    plan: Plan, stories: Iterable[Raw], workers: int | None = None, progress: Progress | None = None
) -> Beside:
    """Tell every story and add it all up; the same whatever the number of ``workers`` (all cores).

    ``progress`` is called with how many inputs were told since. Nothing is written anywhere; at
    any exception, Ctrl-C among them, the other processes end within a chunk.
    """
    chunks = _chunks(stories)
    first = list(islice(chunks, WORTH_IT))
    workers = workers or len(os.sched_getaffinity(0))
    found = Beside()
    told = _here if workers == 1 or len(first) < WORTH_IT else _elsewhere
    for beside, inputs in told(plan, _after(first, chunks), workers):
        found.merge(beside)
        if progress is not None:
            progress(inputs)
    return found


def _after(first: list[list[Raw]], rest: Iterator[list[Raw]]) -> Iterator[list[Raw]]:
    yield from first
    yield from rest


def _chunks(stories: Iterable[Raw]) -> Iterator[list[Raw]]:
    left = iter(stories)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _here(plan: Plan, chunks: Iterator[list[Raw]], workers: int) -> Iterator[tuple[Beside, int]]:
    replayer = plan.replayer()
    try:
        for chunk in chunks:
            yield _told(replayer, chunk)
    finally:
        replayer.close()


def _told(replayer: Replayer, chunk: list[Raw]) -> tuple[Beside, int]:
    inputs = 0
    with rarely_collected():
        for raw in chunk:
            story = raw.story()
            inputs += len(story.inputs)
            replayer.tell(story)
    return replayer.counted(), inputs


# on other processes ------------------------------------------------------------------------------


def _elsewhere(
    plan: Plan, chunks: Iterator[list[Raw]], workers: int
) -> Iterator[tuple[Beside, int]]:
    """In the order given out; no more waits in memory than two chunks a process.

    Processes are spawned, never forked: durable-rules and databases live in this one's threads.
    """
    waiting: deque[Future[tuple[bytes, int]]] = deque()
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _begin, (plan,))
    try:
        for chunk in chunks:
            with deaf():
                waiting.append(pool.submit(_tell, msgspec.msgpack.encode(chunk)))
            if len(waiting) >= 2 * workers:
                yield _back(waiting.popleft())
        while waiting:
            yield _back(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


_replayer: Replayer


def _begin(plan: Plan) -> None:
    """Compile the practices in a new process."""
    global _replayer
    _replayer = plan.replayer()


_chunk = msgspec.msgpack.Decoder(list[Raw])
_beside = msgspec.msgpack.Decoder(Beside)


def _tell(chunk: bytes) -> tuple[bytes, int]:
    beside, inputs = _told(_replayer, _chunk.decode(chunk))
    return msgspec.msgpack.encode(beside), inputs


def _back(future: Future[tuple[bytes, int]]) -> tuple[Beside, int]:
    beside, inputs = future.result()
    return _beside.decode(beside), inputs
