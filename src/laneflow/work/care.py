"""The audit of silence: whether every live case still has somebody who will be called about it."""

from __future__ import annotations

from collections.abc import Iterator

from laneflow.engine.state import Instant
from laneflow.proofs.silence import ALLOWED_LAG, silent
from laneflow.work.app import App


def audit_silence(app: App, at: Instant) -> Iterator[tuple[str, str]]:
    """Every silent case at ``at``: its id and why. The store names suspects, the proof judges."""
    active = {person.id for person in app.loaded.practice.people.values() if person.active}
    for suspect in app.store.silent(at - ALLOWED_LAG, active):
        case = app.store.case(suspect["case"])
        why = case and silent(case, app.live, at)
        if case and why:
            yield case.id, why
