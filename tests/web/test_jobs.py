"""Work in the background: how much of it there may be at once."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from laneflow.errors import LaneflowError
from laneflow.web import jobs
from laneflow.web.jobs import Job
from patience import wait_for


@pytest.fixture
def go_on() -> Iterator[Event]:
    """What long steps wait for."""
    event = Event()
    yield event
    event.set()
    jobs.forget_all()


def test_pressing_again_and_again_has_no_more_of_it_done_at_once(go_on: Event) -> None:
    """What was given up still runs to its next step, which may be minutes away."""

    def long_step(job: Job) -> str:
        go_on.wait(30)
        job.say("The next step")
        return "a plan"

    mine = [jobs.begin("plan", 1, long_step) for _ in range(jobs.MOST)]
    with pytest.raises(LaneflowError, match="others are planning"):
        jobs.begin("plan", 1, long_step)
    assert jobs.latest("plan", 1) is mine[-1], "a refusal takes nobody's plan away"
    go_on.set()
    wait_for(lambda: all(job.finished for job in mine))
    assert [job.result for job in mine] == [None] * (jobs.MOST - 1) + ["a plan"]
    jobs.begin("plan", 1, long_step)
