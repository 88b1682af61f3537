"""Publishing: edits go live whole, with who, when and why; a former release comes back likewise.

What keeps an edit from going live is said beforehand, each with its fix: errors of the files, open
cases it would leave without a status, failing lane tests, a proof that fails, and too many cases
escalated or contacted at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from laneflow.engine.state import Instant
from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.meaning import with_hash
from laneflow.practice.model import AtOnce, LoadedPractice
from laneflow.store.released import Part, Release
from laneflow.work import versions
from laneflow.work.app import App
from laneflow.work.planning import (
    EXAMPLES,
    Edited,
    Plan,
    changed_lanes,
    lost_statuses,
    plan,
    read_edited,
)

if TYPE_CHECKING:
    from laneflow.proofs.lanetests.running import TestResult

LIMIT, TESTS, PROOF = "too-much-at-once", "lane-test-fails", "proof-fails"
"""Kinds of refusal that a person may override, saying why."""

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would go live, what that would do, and what keeps it from going live."""

    edited: Edited
    plan: Plan
    refusals: tuple[Problem, ...]

    def left(self, *, force: bool = False, untested: bool = False) -> tuple[Problem, ...]:
        """The refusals that stand, though a person says ``force`` or ``untested``."""
        passed = ({LIMIT, PROOF} if force else set()) | ({TESTS} if untested else set())
        return tuple(refusal for refusal in self.refusals if refusal.code not in passed)


def propose(
    app: App,
    edited: Edited | None = None,
    *,
    at: Instant | None = None,
    untested: bool = False,
    examples: int = EXAMPLES,
    say: Say = lambda step: None,
    seen: Callable[[int], object] = lambda files: None,
) -> Proposal:
    """What publishing the folder (or ``edited``) would do, and whether it may.

    ``say`` is told each step as it begins; ``untested`` leaves the lane tests out; ``examples``
    cases of each effect are kept. Raises LaneflowError where practice.yaml does not load.
    """
    mine = edited or read_edited(app.folder)
    loaded = mine.loaded
    say("Checking the files")
    refusals = [] if edited is not None else look_over(app.folder, mine)[0]
    refusals += lost_statuses(app, loaded, mine.unread)
    if not refusals and edited is None:
        changed = set(changed_lanes(app.loaded, loaded)) | loaded.lanes.keys() - app.loaded.lanes
        if not untested:
            say("Running the lane tests")
            refusals += _failing_tests(loaded, changed)
        say("Proving that no case can fall silent")
        refusals += _unproven(app, loaded, changed)
    say("Looking at open cases")
    found = plan(app, mine, at, examples=examples, seen=seen)
    refusals += too_much(app, found)
    return Proposal(mine, found, tuple(refusals))


def publish(
    app: App,
    proposal: Proposal,
    *,
    by: str,
    why: str,
    force: bool = False,
    untested: bool = False,
) -> int:
    """Make the proposal live, all at once, as ``by`` says and for the reason ``why``; its number.

    Raises LaneflowError, and changes nothing, where a refusal stands, where there is nothing to
    publish, or where somebody else published since the proposal was made.
    """
    _may(proposal, by, why, force, untested)
    live = app.store.live() if app.store.released() == proposal.plan.release else {}
    if {name: part.hash for name, part in proposal.edited.parts.items()} == live:
        what = "there is nothing to publish: the files are what is live"
        raise LaneflowError(Problem("publish", 0, 0, what))
    return _make_live(app, proposal, by, _reason(why, proposal, force, untested), "publish")


def former(app: App, to: int | None = None) -> tuple[Release, Edited]:
    """A former release, ready to be planned and made live again: number ``to``, or the one before.

    Raises LaneflowError where there is none, or where it is no other than what is live.
    """
    releases = app.store.releases()
    wanted = app.release - 1 if to is None else to
    release = next((r for r in releases if r.n == wanted), None)
    if release is None:
        what = f"there is no release {wanted}" if to is not None else "nothing went before"
        raise LaneflowError(Problem("release", 0, 0, what, "`laneflow history` lists them."))
    if release.parts == app.store.live():
        what = f"release {release.n} is what is live"
        raise LaneflowError(Problem("release", 0, 0, what, "`laneflow history` lists them."))
    loaded = versions.live_practice(app.store, app.folder, release)
    content = app.store.contents(release.parts)
    parts = {name: Part(hash_, content[name]) for name, hash_ in release.parts.items()}
    return release, Edited(loaded, parts)


def rollback(
    app: App, release: Release, proposal: Proposal, *, by: str, why: str, force: bool = False
) -> int:
    """Make a former release live again, as a new one; nothing is deleted. As ``publish``."""
    _may(proposal, by, why, force, False)
    said = f"{_reason(why, proposal, force, False)} (back to release {release.n})"
    return _make_live(app, proposal, by, said, "rollback")


def publish_people(app: App, edited: Edited, *, by: str, why: str, after: int) -> int | None:
    """Make a change of people, and of nothing else, live at once; the release's number.

    None where release ``after``, which ``edited`` was made from, is not the latest any more. No
    limit holds it back: whoever is away is away, and a refusal would only have work wait for them.
    What is not live yet has no say in it.

    Raises LaneflowError where open cases would be left without a status, or more is changed.
    """
    if not only_people(app.loaded, edited.loaded):
        what = "more than people would change"
        raise LaneflowError(Problem("publish", 0, 0, what, "Publish it with `laneflow publish`."))
    if lost := lost_statuses(app, edited.loaded):
        raise LaneflowError(lost)
    number = versions.make_live(
        app.store, edited.parts, app.clock.now(), by, why, after=after, what="people"
    )
    app.follow()
    return number


def only_people(before: LoadedPractice, after: LoadedPractice) -> bool:
    """Whether two states of a practice differ in its people and in nothing else."""
    both = (before, after)
    rest = {with_hash(replace(each.practice, people={}, hash="")).hash for each in both}
    lanes = [{id_: lane.hash for id_, lane in each.lanes.items()} for each in both]
    return len(rest) == 1 and lanes[0] == lanes[1] and before.scripts == after.scripts


def _may(proposal: Proposal, by: str, why: str, force: bool, untested: bool) -> None:
    if not by.strip() or not why.strip():
        what = "publishing needs who does it and why"
        raise LaneflowError(Problem("publish", 0, 0, what, "Say --by and --why."))
    if standing := proposal.left(force=force, untested=untested):
        raise LaneflowError(standing)


def _reason(why: str, proposal: Proposal, force: bool, untested: bool) -> str:
    """Why, and what a person overrode to do so."""
    kept = proposal.left(force=force, untested=untested)
    passed = sorted({r.code for r in proposal.refusals if r not in kept} | _flag(untested))
    return why + (f" [in spite of: {', '.join(passed)}]" if passed else "")


def _flag(untested: bool) -> set[str]:
    return {"untested"} if untested else set()


def _make_live(app: App, proposal: Proposal, by: str, why: str, what: str) -> int:
    number = versions.make_live(
        app.store, proposal.edited.parts, app.clock.now(), by, why,
        after=proposal.plan.release, what=what,
    )  # fmt: skip
    if number is None:
        said = "somebody else published meanwhile; nothing of yours is live"
        hint = "Look at `laneflow history` and `laneflow plan`, then publish again."
        raise LaneflowError(Problem("publish", 0, 0, said, hint))
    app.follow()
    return number


def look_over(folder: Path, edited: Edited) -> tuple[list[Problem], list[Problem]]:
    """What ``check`` says of the files: errors, with which nothing goes live, and warnings."""
    from laneflow.proofs.check import check_practice

    told = check_practice(folder).problems
    errors = [p for p in dict.fromkeys([*told, *edited.problems]) if p.severity == "error"]
    return errors, [problem for problem in told if problem.severity == "warning"]


def _failing_tests(loaded: LoadedPractice, changed: set[str]) -> list[Problem]:
    from laneflow.proofs.lanetests.running import run_lane_tests

    folder = Path(loaded.folder, "lanes", "tests")
    files = [folder / f"{lane}.yaml" for lane in sorted(changed)]
    results = run_lane_tests(loaded, [file for file in files if file.is_file()])
    return [_failing(result) for result in results if not result.passed]


def _failing(result: TestResult) -> Problem:
    what = f'the lane test "{result.name}" fails'
    hint = "`laneflow test` shows how; --untested publishes all the same."
    return Problem(result.file, result.line, 1 if result.line else 0, what, hint, code=TESTS)


def _unproven(app: App, loaded: LoadedPractice, changed: set[str]) -> list[Problem]:
    from laneflow.proofs.prove import prove

    if not changed:
        return []
    proofs = prove(loaded, app.clock.now(), lanes=sorted(changed))
    return [
        Problem(
            f"lanes/{proof.lane}.yaml", 0, 0, "a case of this lane could wait with nobody called",
            "`laneflow prove` shows how; --force publishes all the same.", code=PROOF,
        )
        for proof in proofs
        if not proof.holds
    ]  # fmt: skip


def too_much(app: App, found: Plan) -> list[Problem]:
    """Why a plan does too much at once, by the limits that are live."""
    limits = app.loaded.practice.at_once or AtOnce()
    problems = []
    for count, most, what, name in (
        (found.escalated, limits.escalations, "call for help at once", "escalations"),
        (found.contacted, limits.contacts, "be due for contact at once", "contacts"),
    ):
        if count > most:
            said = f"{count} open cases would {what}, more than the {most} that are allowed"
            hint = (
                "Edit in smaller steps, raise `publishing: at_once: "
                f"{name}` in practice.yaml and publish that first, or say --force."
            )
            problems.append(Problem("publish", 0, 0, said, hint, code=LIMIT))
    return problems
