"""Owns the preview of a script: how it sounds for a made-up patient, or in a real case."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from laneflow.accounts.rights import EDIT
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.load import every_lane_read, load_practice
from laneflow.lanes.vocabulary import CHANNELS
from laneflow.metrics.preview import file_of, said_of, sampler_of
from laneflow.outreach.lint import gallery
from laneflow.outreach.lint.linting import lint_scripts
from laneflow.outreach.lint.names import language, parsed
from laneflow.web.desk import Desk, OutOfSightError, page
from laneflow.work import drafts

if TYPE_CHECKING:
    from laneflow.engine.state import Case
    from laneflow.outreach.lint.samples import Sample
    from laneflow.outreach.prompt import Prompt

MOST = 24
"""Ways of saying one script that are shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a script sounds. ``samples``: one for each way through it, of made-up patients."""

    file: str
    locale: str
    samples: tuple[tuple[str, Sample], ...] = ()
    measures: str = ""
    more: int = 0
    prompt: Prompt | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def channel(self) -> str:
        """By which channel it goes."""
        return parsed(self.file).channel


@page(EDIT, "GET", "POST")
def lane_preview(desk: Desk, script: str) -> HttpResponse:
    """The script in a channel and language; POST adds an edited text, and a real case."""
    asked = desk.request.POST or desk.request.GET
    by = asked.get("channel", "") if asked.get("channel", "") in CHANNELS else ""
    spoken = asked.get("language", "")[:8]
    case, wrong = _case(desk)
    try:
        said, files = _preview(desk, script, by, spoken, case)
        status = 200
    except LaneflowError as error:
        said, files, status = Said("", "", problems=error.problems), [], 422
    values: dict[str, Any] = {
        "script": script, "said": said, "files": files, "case_id": case.id if case else "",
        "wrong": wrong, "languages": {code: called for _by, code, called in files},
    }  # fmt: skip
    if desk.partial:
        return desk.render("parts/said.html", values)
    return desk.render("preview.html", values, 422 if wrong else status)


def _case(desk: Desk) -> tuple[Case | None, str]:
    """The case that was asked for, recorded as seen; and why there is none."""
    id_ = desk.request.POST.get("case", "").strip()
    if not id_:
        return None, ""
    try:
        return desk.case(id_, "preview"), ""
    except Http404:
        return None, _("There is no such case. Copy its whole number from the case's page.")
    except OutOfSightError:
        return None, _("This case belongs to a location you do not work for.")


def _preview(
    desk: Desk, script: str, by: str, spoken: str, case: Case | None
) -> tuple[Said, list[tuple[str, str, str]]]:
    """What is said, and the script's files: (name, channel, language)."""
    name, text = desk.request.POST.get("file", ""), desk.request.POST.get("text")
    if text is None or not drafts.said_aloud(name) or not drafts.editable(name):
        return _from(desk, desk.app.folder, script, by, spoken, case)
    _script, by, locale = parsed(name.removeprefix("scripts/"))
    with drafts.as_if(desk.app.folder, name, text) as copy:
        return _from(desk, copy, script, by, locale, case)


def _from(
    desk: Desk, folder: Path, script: str, by: str, spoken: str, case: Case | None
) -> tuple[Said, list[tuple[str, str, str]]]:
    loaded, problems = load_practice(folder)
    if loaded is None:
        raise LaneflowError(problem for problem in problems if problem.severity == "error")
    sampler = sampler_of(loaded)
    file = file_of(loaded, sampler, script, spoken or None, by or None)
    default = loaded.practice.languages[0]
    mine = [parsed(each) for each in sampler.shelf.files if parsed(each).script == script]
    files = [(n.channel, n.locale or default, language(n.locale or default)) for n in mine]
    locale = parsed(file).locale or default
    if case is not None:
        prompt = said_of(loaded, desk.store, case, file, desk.at)
        return Said(file, locale, prompt=prompt), files
    whole = every_lane_read(problems)
    linted = lint_scripts(loaded, [file], every_lane=whole)
    samples = linted.sampled[0].samples
    shown = tuple((gallery.assumed(sample), sample) for sample in samples[:MOST])
    return Said(
        file, locale, shown, gallery.measures(samples), max(0, len(samples) - MOST),
        problems=linted.problems,
    ), files  # fmt: skip


urls = [path("lanes/preview/<path:script>", lane_preview, name="lane_preview")]
