#!/usr/bin/env python3
"""Writes the pages' translations: finds what they say, keeps what is translated, compiles it.

Run it as ``make translations`` after a change of words. Into each django.po come the texts of
templates and of Python (gettext and its kin); and, under the context ``said``, the sentences that
laneflow makes in English below the pages, each f-string a pattern with slots. What is new waits
there for its translation, what is gone is dropped. ``--check`` writes nothing and fails where
something is missing; a test does the same.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "laneflow"
LOCALES = SOURCE / "web" / "locale"
SAID = "said"

KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip

SENTENCES = (
    "accounts/emergency.py",
    "accounts/sight.py",
    "engine/arrive.py",
    "engine/explain/asking.py",
    "engine/explain/built_in.py",
    "engine/explain/events.py",
    "engine/explain/naming.py",
    "engine/explain/rules.py",
    "engine/explain/wakes.py",
    "engine/openings.py",
    "engine/route.py",
    "engine/taking.py",
    "errors.py",
    "intake/cloudevents.py",
    "intake/reading.py",
    "lanes/escalations.py",
    "lanes/page.py",
    "lanes/words.py",
    "metrics/case/view.py",
    "metrics/case/decided.py",
    "metrics/doctor.py",
    "metrics/gaps.py",
    "metrics/health.py",
    "metrics/people.py",
    "metrics/queue/rows.py",
    "metrics/why/case.py",
    "metrics/why/dates.py",
    "metrics/why/event.py",
    "metrics/why/origins.py",
    "metrics/why/rule.py",
    "metrics/why/telling.py",
    "metrics/why/then.py",
    "metrics/case/words.py",
    "practice/contact.py",
    "practice/coverage.py",
    "work/act_rules.py",
    "work/actions.py",
    "work/bringing.py",
    "work/drafts.py",
    "work/new_lane.py",
    "work/people.py",
    "work/planning.py",
    "work/publishing.py",
    "work/quarantine.py",
    "work/unplaced.py",
    "work/upload.py",
    "work/words.py",
)
"""Modules whose sentences pages show. Lane and practice files are checked in their own language,
which is English: what `check` says of them is not among these."""

HEADER: dict[str, Any] = {
    "project": "laneflow",
    "header_comment": "# Written by `make translations`: only the translations are by hand.",
    "last_translator": "laneflow",
    "language_team": "laneflow",
    "charset": "utf-8",
    "creation_date": datetime(2026, 1, 1, tzinfo=UTC),
    "revision_date": datetime(2026, 1, 1, tzinfo=UTC),
}
"""Says nothing that changes by itself, so that the files change only with their texts."""

SMALL = (
    " and ", " or ", "yes", "no", "none", "unknown", "known", "kept", "owner", "backup",
    "outcome", "understanding", "barrier", "reason", "answer", "escalation", "item", "state",
    "promise", "task", "type", "person", "urgent", "high", "routine", "with {0}", "told: {0}",
    "next: {0}", "by whom: {0}", "barrier: {0}", "understanding: {0}",
    "Closed as {0}: {1}.", "The tier is {0}, it was {1}.", "The owner is {0}.",
    "The backup is {0}.", "contact hours are {0} to {1}",
    "it is {0} for the patient; contact hours are {1} to {2}",
    "tier", "kind", "us", "first attempt", "first contact", "owner {0}: {1}", "backup {0}: {1}",
    "{0} (tier {1})", "window {0} {1}: {2}",
    "window first attempt {0}: {1}", "window first contact {0}: {1}",
    "called for help", "{0} is closed time, so the closing before it",
    "{0} had passed when it was set, so soon after that",
    "{0} is closed time, and the closing before it had passed, so the next one",
    "The checklist's task toward {0} is due {1}: {2}.",
    "the checklist's task toward {0} falls due",
    ", then ", "{0} ({1})", "the patient", "toward {0}", "due within {0}", "{0} before {1}",
    "{0} after {1}", "{0} until {1}", "outreach waits meanwhile", "on {event}",
    "on {event} when {0}", "nurse", "provider", "({0})",
    "{0} (brought forward by the tier)", 'the task about the barrier "{0}" {1}: {2}',
    "the question whether a promise was kept {0}: {1}", "the window {0}", "due the window {0}",
    "the question whether to close (closes[{0}]) {1}: {2}", "it follows {0}",
    "closed as {0}", "asked for a yes", "no longer so, withdrawn", "handed on to somebody by name",
    "handed on, told {0}", "handed back, told {0}", "status {0} is gone, started again",
    "nobody in time, told {0}", "sleeps until {0}, at most {n} a day",
    "Opens", "Who", "Checklist", "Statuses", "Closes", "Barriers", "Opened",
    "new case", "any status", "after the last attempt", "by hand ({0})", "at once",
)  # fmt: skip
"""What stands between the parts of a list, words that fill slots, and what code puts together."""

TOLD_OF_SOMEBODY = ("metrics/case/words.py", "practice/coverage.py")
"""Modules whose clauses follow a name: ``Ana Torres`` ``is on leave``."""

BARRIERS = (
    "fear", "confusion", "transportation", "work schedule", "technology", "language", "cost",
    "low urgency", "phone tag", "insurance",
)  # fmt: skip
"""The barriers of the lanes that come with laneflow."""

POSTS = (
    "care coordinator", "referral coordinator", "prior-auth specialist", "front desk lead",
    "front desk", "monitoring nurse", "practice manager",
)  # fmt: skip
"""The roles of the practice that comes with laneflow."""

DOES = re.compile(r"(\w*ed|said|took|put|is)\b")
"""How such a clause begins."""

PARTIES = (
    "the hospital",
    "the insurance company",
    "the specialist's office",
    "the referring office",
)
"""The offices of the practice that comes with laneflow."""

PROGRAM = re.compile(r"\{\{|\\[dwZ(]|^\w+\[")
"""What only a program reads: another template's text, a regular expression, a type."""

SLOT = re.compile(r"\{\w+\}")


def found() -> Catalog:
    """Everything there is to translate."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for path in sorted((SOURCE / "web").rglob("*")):
        if path.suffix == ".html":
            _texts(catalog, path, f"({templatize(path.read_text('utf-8'))})")
        elif path.suffix == ".py":
            _texts(catalog, path, path.read_text("utf-8"))
    for path in sorted((SOURCE / "accounts").rglob("*.py")):
        _texts(catalog, path, path.read_text("utf-8"))
    for text in dict.fromkeys([*words(), *sentences()]):
        catalog.add(text, context=SAID)
    return catalog


def _texts(catalog: Catalog, path: Path, text: str) -> None:
    where = [(path.relative_to(ROOT).as_posix(), 0)]
    read: Iterable[Any] = extract_python(io.BytesIO(text.encode()), KEYWORDS, [], {})
    for _, name, messages, _ in read:
        given = [part for part in ([messages] if isinstance(messages, str) else messages) if part]
        context = given.pop(0) if "pgettext" in name and given else None
        if given:
            id_ = tuple(given[:2]) if name.startswith(("ngettext", "npgettext")) else given[0]
            catalog.add(id_, locations=where, context=context)


def words() -> Iterator[str]:
    """The words every practice shares, and clauses put together from such: they fill slots."""
    from laneflow.accounts.rights import ROLES
    from laneflow.lanes import vocabulary
    from laneflow.lanes.model import Outcome, Unit
    from laneflow.lanes.words import TESTS
    from laneflow.practice.names import SOURCES
    from laneflow.web.said import TITLES
    from laneflow.work.act_rules import ITEM_STATES

    yield from (*SMALL, *TITLES)
    yield from (*vocabulary.CHANNELS, *vocabulary.QUEUES, *vocabulary.UNDERSTANDINGS)
    yield from (*vocabulary.NOTE_OUTCOMES, *ITEM_STATES, *get_args(Outcome), *get_args(Unit))
    yield from ROLES
    for unit in get_args(Unit):
        if unit != "same day":
            yield from (f"{{n}} {unit}", f"{{n}} {unit.removesuffix('s')}")
    for test in TESTS.values():
        yield from (f"{{0}} {test} {{1}}", f"{{0}} {test} {{1}} in the last {{2}}")
    yield from (*BARRIERS, *(barrier.replace(" ", "_") for barrier in BARRIERS if " " in barrier))
    yield from (*POSTS, *PARTIES)
    for party in ("us", "the patient", "{0}"):
        task, rest = f"the checklist's task toward {party}", party.count("{")
        yield f"{task} {{{rest}}}: {{{rest + 1}}}"
        yield f"{task}, by the {{{rest}}} {{{rest + 1}}}: {{{rest + 2}}}"
    yield from (*vocabulary.EVENT_TITLES.values(), *SOURCES.values())


def sentences() -> Iterator[str]:
    """The sentences of the modules above, as patterns."""
    for name in SENTENCES:
        finder = _Sentences()
        finder.visit(ast.parse((SOURCE / name).read_text("utf-8")))
        yield from finder.found
        if name in TOLD_OF_SOMEBODY:
            yield from (f"{{who}} {text}" for text in finder.found if DOES.match(text))


class _Sentences(ast.NodeVisitor):
    """Finds texts with a space and letters of their own; documentation is none."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Errors of programs are not for people."""
        name = getattr(getattr(node.exc, "func", None), "id", "")
        if name not in ("RuntimeError", "ValueError", "TypeError", "NotImplementedError"):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        slots = iter(range(len(node.values)))
        parts = (
            str(part.value) if isinstance(part, ast.Constant) else f"{{{next(slots)}}}"
            for part in node.values
        )
        self._take("".join(parts))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._take(node.value)

    def _take(self, text: str) -> None:
        own = SLOT.sub("", text)
        if " " in text.strip() and re.search("[A-Za-z]{2}", own) and not PROGRAM.search(text):
            self.found.append(text.strip())


def written(language: str) -> tuple[Catalog, bytes, bytes]:
    """A language's catalogue brought up to date, as a .po and as a .mo."""
    file = LOCALES / language / "LC_MESSAGES" / "django.po"
    known = read_po(file.open("rb"), locale=language) if file.exists() else Catalog(language)
    catalog = Catalog(language, fuzzy=False, **HEADER)
    for message in found():
        if message.id:
            before = known.get(
                message.id[0] if message.pluralizable else message.id, message.context
            )
            string = before.string if before is not None else None
            catalog.add(message.id, string, locations=message.locations, context=message.context)
    source, compiled = io.BytesIO(), io.BytesIO()
    write_po(source, catalog, width=100, sort_output=True, include_lineno=False)
    write_mo(compiled, catalog)
    return catalog, source.getvalue(), compiled.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """What is not translated, or has other slots than the original."""
    return [
        str(message.id)
        for message in catalog
        if message.id and not _whole(message.id, message.string)
    ]


def _whole(id_: Any, string: Any) -> bool:
    given = id_ if isinstance(id_, tuple) else (id_,)
    told = string if isinstance(string, tuple) else (string,)
    wanted = _slots(given[-1])
    return all(told) and all(_slots(text) <= wanted for text in told)


def _slots(text: str) -> set[str]:
    return {slot.replace("!", "") for slot in re.findall(r"\{\w+!?\}|%\(\w+\)[sd]", text)}


def languages() -> Iterable[str]:
    """The languages besides English."""
    return sorted(path.name for path in LOCALES.iterdir() if path.is_dir())


def main() -> int:
    """Write every catalogue, or only look; 1 where something is missing or out of date."""
    settings.configure(USE_I18N=True)
    wrong = 0
    for language in languages():
        folder = LOCALES / language / "LC_MESSAGES"
        catalog, source, compiled = written(language)
        for name, content in (("django.po", source), ("django.mo", compiled)):
            path = folder / name
            if "--check" not in sys.argv:
                path.write_bytes(content)
            elif not path.exists() or path.read_bytes() != content:
                sys.stdout.write(
                    f"{path.relative_to(ROOT)} is out of date: run `make translations`\n"
                )
                wrong = 1
        for text in missing(catalog):
            sys.stdout.write(f"{language}: not translated: {text!r}\n")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
