"""A patient's events come together and in order, also when they do not fit in memory."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from laneflow.engine.state import Event
from laneflow.work.sorting import by_patient

MOMENTS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 5)), max_size=40)


@given(MOMENTS, st.integers(1, 50))
def test_sorting_through_disk_is_sorting_in_memory(
    moments: list[tuple[str, int]], in_memory: int
) -> None:
    events = [Event(str(n), "s", "t", time, patient) for n, (patient, time) in enumerate(moments)]
    groups = list(by_patient(events, in_memory))
    assert [event for group in groups for event in group] == sorted(
        events, key=lambda event: (event.patient, event.time)
    )
    assert len(groups) == len({event.patient for event in events})


def test_what_is_spilled_comes_back_whole() -> None:
    data = {"referral.id": "ü\0\n", "patient.channels": ["phone", "sms"], "n": 1.5, "yes": True}
    events = [Event(str(n), "s", "t", n, "p", data) for n in range(100)]
    shuffled = events[:]
    random.Random(3).shuffle(shuffled)
    assert list(by_patient(shuffled, 7)) == [events]
