"""Owns a page of the queue: stretches of it, counts of its tabs, what is new, what rows say."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec.structs import replace

from laneflow.engine.instants import years_between
from laneflow.engine.state import Case, Escalation, Instant, PatientFile, Task
from laneflow.lanes.escalations import BUILT_IN
from laneflow.metrics.case.script import minded
from laneflow.metrics.case.view import patient_name
from laneflow.metrics.lately import Lately
from laneflow.metrics.queue.rows import FURTHER, Asking, Found, Looked, held_last, item, place
from laneflow.practice import words
from laneflow.practice.contact import LOOK_BACK
from laneflow.practice.coverage import tongue
from laneflow.practice.names import Names
from laneflow.store.shares import Place

if TYPE_CHECKING:
    from laneflow.engine.live import Live

OPEN = ("new", "waiting on information", "sent", "needs patient action", "scheduled")
"""The standard queue statuses of open cases."""

PAST = 30 * 86_400_000
"""Milliseconds for which a closed case is still shown among those closed of late."""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of the queue ended, for the next one; all pages are as of ``at``.

    A stretch of the queue begins behind ``begin``; ``looked`` tasks of it were looked at, up to
    ``last``. Once it is at its ``end``, what was held back in it follows, from behind ``held`` on.
    """

    at: Instant
    begin: Place | None = None
    last: Place | None = None
    looked: int = 0
    end: Place | None = None
    held: Place | None = None

    def text(self) -> str:
        """As it stands in an address."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def mark_of(text: str) -> Mark | None:
    """A mark from an address; None for nonsense."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Mark)
    except (ValueError, msgspec.MsgspecError):
        return None


class Page(NamedTuple):
    """Tasks in their order, and where the next page begins; None: there is no more."""

    looked: list[Looked]
    mark: Mark | None


def page(asking: Asking, limit: int, mark: Mark | None = None) -> Page:
    """A page of the queue: what is held back comes last of ``limit`` + ``FURTHER`` tasks.

    The first page is what ``queue`` gives with this limit; the others go on behind it, whatever
    happened meanwhile to the tasks on it. With a mark ``asking`` must be as of its instant.
    """
    mark = mark or Mark(asking.at)
    found: list[Looked] = []
    if mark.end is None:
        found, mark = _offered(asking, limit, mark)
        if mark.end is None:
            return Page(found, mark)
    more = _held(asking, mark, limit - len(found) + 1)
    shown = more[: limit - len(found)]
    if len(more) > len(shown):
        last = place(shown[-1].row, asking.at) if shown else mark.held
        return Page([*found, *shown], replace(mark, held=last))
    further = next(asking.walk(after=mark.end, first=1), None) is not None
    return Page([*found, *shown], Mark(mark.at, mark.end, mark.end) if further else None)


def _offered(asking: Asking, limit: int, mark: Mark) -> tuple[list[Looked], Mark]:
    """What nothing holds back, and the mark behind it; its ``end`` once the stretch is over."""
    found: list[Looked] = []
    last, looked = mark.last, mark.looked
    for one in asking.walk(after=last, first=limit + 50):
        if one.waits is None:
            if len(found) == limit:  # there is one more
                return found, replace(mark, last=last, looked=looked)
            found.append(one)
        last, looked = place(one.row, asking.at), looked + 1
        if looked >= limit + FURTHER:
            break
    return found, replace(mark, last=last, looked=looked, end=last or _NOWHERE)


_NOWHERE = Place(True, -1, 0, "")
"""The end of a stretch in which there is nothing."""


def _held(asking: Asking, mark: Mark, limit: int) -> list[Looked]:
    """What is held back in a stretch that is over, behind what was shown of it."""
    found: list[Looked] = []
    end = _order(mark.end or _NOWHERE)
    for one in asking.walk(after=mark.held or mark.begin, first=limit + FURTHER):
        if _order(place(one.row, asking.at)) > end or len(found) == limit:
            break
        if one.waits is not None:
            found.append(one)
    return found


def _order(at: Place) -> tuple[bool, int, Instant, str]:
    return (not at.late, *at[1:])


def counts(asking: Asking, locations: frozenset[str]) -> dict[str, int]:
    """Queue status -> tasks, of closed ones cases; "" for all open ones. Narrowed as the list is,
    but for the queue status. ``locations``: where others' closed cases may be seen.

    Where there are very many they may be some seconds old.
    """
    wanted = replace(asking.wanted, queue="")
    found = _known.of(asking.store, (wanted, locations), lambda: _counts(asking, locations))
    return {
        "": sum(n for queue, n in found.items() if queue),
        **{queue: found.get(queue, 0) for queue in OPEN},
        "closed": found[""],
    }


_known = Lately[str]()


def _counts(asking: Asking, locations: frozenset[str]) -> dict[str, int]:
    """Queue status -> tasks; "" -> closed cases. Each is counted once, for ``Lately``."""
    narrowed = asking.narrowed()
    narrowed.pop("queue", None)
    # Everybody's are counted in the order of an index that begins with the location.
    by = ("queue",) if asking.shares is not None else ("location", "queue")
    found: Counter[str] = Counter()
    for (*_, queue), n in asking.store.tallies(by, **narrowed).items():
        found[queue] += n
    return {**found, "": asking.store.closed_count(**closed_wanted(asking, locations))}


def closed_wanted(asking: Asking, locations: frozenset[str]) -> dict[str, Any]:
    """What ``Store.closed`` is narrowed by. A case's language is not asked: it is done."""
    wanted = asking.wanted
    names = ("lane", "tier", "barrier")
    only: dict[str, Any] = {"location": sorted(locations)} if wanted.locations is not None else {}
    if wanted.location:
        only = {"location": sorted(locations & {wanted.location}) if only else wanted.location}
    return {
        "since": asking.at - PAST,
        "locations": locations,
        "person": wanted.person,
        **only,
        **{name: value for name in names if (value := getattr(wanted, name))},
    }


def new(asking: Asking, shown: Sequence[str], *, whole: bool) -> int:
    """How many tasks there are now that belong among or above the ``shown`` ones, by their ids.

    ``whole``: there was nothing below them, so that whatever came counts.
    """
    known = set(shown)
    limit = len(known) + FURTHER
    found = [one.row["task"] for one in held_last(asking.walk(first=limit), limit)]
    last = max((n for n, task in enumerate(found) if task in known), default=-1)
    among = found if whole else found[:last]
    return sum(task not in known for task in among)


# rows ----------------------------------------------------------------------------------------


def rows(asking: Asking, chosen: Sequence[Looked]) -> list[dict[str, Any]]:
    """What the page shows of each task, see ``row``; besides, what needs no telling twice:
    ``follows`` (it stands right below another task of its case), ``repeats`` (anywhere below)."""
    told = [row(asking, found) for found in asking.files(chosen)]
    above, seen = "", set[str]()
    for each in told:
        case = each["case"]
        each |= {"follows": case == above, "repeats": case in seen}
        above = case
        seen.add(case)
    return told


def row(asking: Asking, found: Found) -> dict[str, Any]:
    """A queue item (see ``queue``) with what else the page says of it.

    seq (the case's, for acting on it), patient_name, age (None where unknown), language, barriers
    (titles), claimed (by whom), put_off (ISO, None where it is not), escalations (texts, role,
    state, taken_by), others (the patient's other open cases: case, lane, owner, location),
    minded: see ``script_view.minded``.
    """
    looked, file, case, task = found
    live, at = asking.live, asking.at
    here, names = words.zone_of(live.practice, case.location), Names(live.loaded, case.lane)
    put_off = task.snoozed if task.was is not None and (task.snoozed or 0) > at else None
    return {
        **item(live, file, case, task, at, asking.load, looked.contacts),
        "seq": case.seq,
        "patient_name": patient_name(file),
        "age": _age(file, case, live, at),
        "language": tongue(str(file.facts.get("patient.language") or "")),
        "barriers": [names.barrier(key) for key in case.barriers],
        "claimed": task.person,
        "put_off": words.iso(put_off, here),
        "escalations": _escalations(names, case, late=task.due.at <= at),
        "others": _others(file, case),
        "minded": minded(live, file, case, task, at, looked.contacts),
    }


def look_at(asking: Asking, case: Case, task: Task) -> Found:
    """One task of a case as it is now, in its patient's file, for a row of its own."""
    store, at = asking.store, asking.at
    file = store.load([case.patient])[case.patient]
    contacts = store.contacts([case.patient], at - LOOK_BACK).get(case.patient, [])
    return Found(Looked({}, None, contacts), file, case, task)


def _age(file: PatientFile, case: Case, live: Live, at: Instant) -> int | None:
    birth = file.facts.get("patient.birth_date")
    if isinstance(birth, str):
        return years_between(birth, live.calendar(case.location).local_date(at))
    return None


def _escalations(names: Names, case: Case, *, late: bool) -> list[dict[str, Any]]:
    """Escalations that stand alike, told together; first those about more than our own lateness.

    Of a task that is ``late`` everybody sees it: that is told where nothing else is.
    """
    alike: dict[tuple[str, str, str], list[str]] = {}
    for held in sorted(case.escalations.values(), key=_about_us):
        if late and alike and held.rule == "overdue":
            continue
        texts = alike.setdefault((held.state, held.role, held.taken_by), [])
        texts.append(names.escalation(held.rule))
    return [
        {"state": state, "role": role, "taken_by": by, "texts": texts}
        for (state, role, by), texts in alike.items()
    ]


def _about_us(held: Escalation) -> tuple[bool, bool]:
    return held.rule in BUILT_IN, held.rule == "overdue"


def _others(file: PatientFile, case: Case) -> list[dict[str, str]]:
    others = (c for c in file.cases.values() if c.id != case.id and c.closed is None)
    return [
        {"case": c.id, "lane": c.lane, "owner": c.owner, "location": c.location} for c in others
    ]
