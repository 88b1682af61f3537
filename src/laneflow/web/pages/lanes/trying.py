"""Owns *Test and prove*: a lane's own tests run, and the proof that no case of it falls silent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from laneflow.accounts.rights import EDIT
from laneflow.errors import LaneflowError, Problem
from laneflow.proofs.lanetests.running import TestResult, run_lane_tests
from laneflow.proofs.prove import LaneProof, prove
from laneflow.proofs.prove.words import because, how_long
from laneflow.web import jobs
from laneflow.web.desk import Desk, page
from laneflow.web.jobs import Job
from laneflow.work.folder import folder_now
from laneflow.work.planning import read_edited

if TYPE_CHECKING:
    from laneflow.work.app import App

KIND = "try"
"""The kind of job that tests and proves a lane."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. ``waits``: tier, the longest wait with nobody called, and why."""

    tests: list[TestResult]
    proof: LaneProof
    waits: list[tuple[str, str, str]]


@page(EDIT, "GET", "POST")
def lane_try(desk: Desk, lane: str) -> HttpResponse:
    """The tests and the proof of the lane in the folder; POST begins or stops them."""
    folder = folder_now(desk.app)
    known = folder.loaded.lanes if folder.loaded else {}
    if lane not in known and lane not in desk.live.lanes:
        raise Http404("there is no such lane")
    job = jobs.latest(KIND, desk.account.pk)
    mine = job if job is not None and job.about["lane"] == lane else None
    if desk.request.method == "POST":
        return _begin_or_stop(desk, lane, mine)
    under_way = mine is not None and not mine.finished  # asked once: it may end at any moment
    values = {
        "lane": known.get(lane) or desk.live.loaded.lanes[lane],
        "job": mine,
        "under_way": under_way,
        "tried": mine.result if mine is not None and not under_way else None,
        "asked_for": desk.request.headers.get("X-Laneflow-Poll") == "1",
        "errors": folder.errors(f"lanes/{lane}.yaml"),
        "state": folder.edited.get(f"lanes/{lane}.yaml", ""),
    }
    return desk.render("parts/trying.html" if desk.partial else "try.html", values)


def _begin_or_stop(desk: Desk, lane: str, mine: Job | None) -> HttpResponse:
    if desk.request.POST.get("do") == "stop":
        if mine is not None:
            jobs.give_up(mine)
        return redirect("lane_try", lane=lane)
    app = desk.app
    try:
        jobs.begin(KIND, desk.account.pk, lambda job: _try(app, lane, job), {"lane": lane})
    except LaneflowError as error:
        messages.error(desk.request, " ".join(problem.said for problem in error.problems))
    return redirect("lane_try", lane=lane)


def _try(app: App, lane: str, job: Job) -> Tried:
    """For the job's thread. Raises LaneflowError where the lane does not load."""
    job.say("Reading the files")
    edited = read_edited(app.folder)
    loaded, name = edited.loaded, f"lanes/{lane}.yaml"
    if lane not in loaded.lanes:
        errors = [p for p in edited.problems if p.file == name]
        raise LaneflowError(errors or [Problem(name, 0, 0, "there is no such file")])
    job.say("Running the lane tests")
    tests = Path(loaded.folder, "lanes", "tests", f"{lane}.yaml")
    results: list[TestResult] = []
    if tests.is_file():
        results = run_lane_tests(loaded, [tests], done=lambda result: job.seen(1))
    job.say("Proving that no case can fall silent")
    (proof,) = prove(loaded, app.clock.now(), lanes=[lane])
    practice = loaded.practice
    waits = [
        (tier, how_long(worst.lasts), because(worst, practice))
        for tier, worst in proof.worst.items()
    ]
    return Tried(results, proof, waits)


urls = [path("lanes/<slug:lane>/try", lane_try, name="lane_try")]
