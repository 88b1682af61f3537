"""Owns a plan in the background: worked out for one person, with the cases they may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from laneflow.accounts.sight import why_seen
from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.metrics.case.view import patient_name
from laneflow.proofs.plan import KINDS, Effect
from laneflow.web.desk import Desk
from laneflow.web.jobs import Job
from laneflow.work.planning import Group, read_edited
from laneflow.work.publishing import (
    LIMIT,
    PROOF,
    TESTS,
    Proposal,
    former,
    look_over,
    propose,
    publish,
    rollback,
)

if TYPE_CHECKING:
    from laneflow.accounts.models import Account
    from laneflow.store.released import Release
    from laneflow.work.app import App

KIND = "plan"
"""The kind of job that works out plans."""

KEPT = 40
"""Cases kept of each effect, of which those in sight are named."""

NAMED = 6
"""Cases named of each effect."""

LOOKED_UP = 400
"""Cases looked up for their names in one plan."""

MOVED_ON = "moved-on"
"""The code of the refusal that the files, or what is live, are no longer what was planned."""

_HINTS = {
    TESTS: _("Test and prove, on the lane's page, shows how."),
    PROOF: _("Test and prove, on the lane's page, shows how."),
    LIMIT: _(
        "Edit in smaller steps, or raise at_once under publishing in practice.yaml and publish "
        "that first."
    ),
}
"""What to do about refusals whose own hints speak of the command line."""


class Example(NamedTuple):
    """A case that an effect concerns: who it is about, and from when to when."""

    case: str
    patient: str
    location: str
    before: Any
    after: Any


class Told(NamedTuple):
    """One effect: what it is, how many cases it concerns, some of them, and how many more."""

    lane: str
    what: str
    cases: int
    examples: list[Example]
    more: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan worked out. ``release``: the former release it goes back to; None for the folder."""

    proposal: Proposal
    release: Release | None
    groups: list[tuple[str, list[Told]]]
    """(heading of a kind of effect, its effects)"""
    shown: list[str]
    """the cases that are named"""
    warnings: int

    @property
    def refusals(self) -> list[Problem]:
        """What keeps it from going live, each with what to do about it on these pages."""
        refused = self.proposal.refusals
        return [replace(r, hint=str(_HINTS.get(r.code, r.hint))) for r in refused]

    @property
    def forced(self) -> list[Problem]:
        """The refusals that a person may override by saying so."""
        return [r for r in self.proposal.refusals if r.code in (LIMIT, PROOF)]

    @property
    def untested(self) -> list[Problem]:
        """Failing lane tests, which a person may pass over."""
        return [r for r in self.proposal.refusals if r.code == TESTS]

    @property
    def standing(self) -> list[Problem]:
        """The refusals that nobody may override."""
        return list(self.proposal.left(force=True, untested=True))

    @property
    def text_only(self) -> bool:
        """Whether texts differ, and nothing in what they mean."""
        return self.proposal.plan.empty


def work_out(app: App, account: Account, job: Job, to: int | None) -> Planned:
    """The plan of the folder's edits, or of going back to release ``to``. For a job's thread.

    Raises LaneflowError where practice.yaml does not load, or there is no such release.
    """
    job.of = len(app.store.followed(sorted(app.loaded.lanes)))
    release, edited = (None, None) if to is None else former(app, to)
    proposal = propose(app, edited, say=job.say, seen=job.seen, examples=KEPT)
    job.say("Looking up the cases")
    warnings = 0 if release else len(look_over(app.folder, proposal.edited)[1])
    names = _Names(app, account, proposal.plan.at)
    by_kind: dict[str, list[Told]] = {}
    try:
        for group in proposal.plan.groups:
            job.seen(0)
            by_kind.setdefault(KINDS[group.kind], []).append(names.told(group))
    finally:
        app.forget_live()  # this thread's, which ends here
    return Planned(proposal, release, list(by_kind.items()), list(names.shown), warnings)


class _Names:
    """Looks up the cases that whoever asks may see, each once."""

    def __init__(self, app: App, account: Account, at: Instant) -> None:
        self._app, self._account, self._at = app, account, at
        self._known: dict[str, tuple[str, str] | None] = {}
        self.shown: dict[str, None] = {}

    def told(self, group: Group) -> Told:
        """The group with the cases that may be named."""
        found: list[Example] = []
        for effect in group.examples:
            if len(found) == NAMED:
                break
            if (known := self._look_up(effect)) is not None:
                found.append(Example(effect.case, *known, effect.before, effect.after))
                self.shown[effect.case] = None
        return Told(group.lane, group.what, group.cases, found, group.cases - len(found))

    def _look_up(self, effect: Effect) -> tuple[str, str] | None:
        """The patient's name and the location; None for a case out of sight or not there yet."""
        if effect.case not in self._known and len(self._known) < LOOKED_UP:
            self._known[effect.case] = self._found(effect.case)
        return self._known.get(effect.case)

    def _found(self, id_: str) -> tuple[str, str] | None:
        store = self._app.store
        case = store.case(id_)
        if case is None or case.id != id_:
            return None
        if not why_seen(self._account, store, self._app.live, case, self._at):
            return None
        return patient_name(store.load([case.patient])[case.patient]), case.location


def make_live(desk: Desk, planned: Planned, why: str, *, force: bool, untested: bool) -> int:
    """Publish what was planned, and nothing else; the new release's number.

    Raises LaneflowError where a refusal stands, and, coded MOVED_ON, where the files or what is
    live are no longer what the plan was made of.
    """
    proposal = planned.proposal
    if planned.release is not None:
        _unmoved(desk.store.released() == proposal.plan.release)
        return rollback(desk.app, planned.release, proposal, by=desk.by, why=why, force=force)
    same = read_edited(desk.app.folder).parts == proposal.edited.parts
    _unmoved(same and desk.store.released() == proposal.plan.release)
    return publish(desk.app, proposal, by=desk.by, why=why, force=force, untested=untested)


def _unmoved(is_same: bool) -> None:
    if not is_same:
        what = "the files, or what is live, changed since this plan was made"
        hint = "Nothing of it is live. Look at the new plan."
        raise LaneflowError(Problem("publish", 0, 0, what, hint, code=MOVED_ON))
