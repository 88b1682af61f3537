"""Every script as it is said, with its samples, grades and problems: one page to read or print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from laneflow.errors import Problem
from laneflow.outreach.environment import FOLDER
from laneflow.outreach.lint.grade import SCALES, level
from laneflow.outreach.lint.linting import Linted
from laneflow.outreach.lint.names import language, parsed
from laneflow.outreach.lint.samples import Sample, Sampled
from laneflow.outreach.lint.supposing import in_words
from laneflow.outreach.lint.texting import size
from laneflow.outreach.prompt import NOTES


class Entry(NamedTuple):
    """One script file of the gallery. ``measures``: its grade or its segments, in words."""

    name: str
    title: str
    measures: str
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]


def entries(linted: Linted, default: str) -> list[Entry]:
    """The gallery's entries, in the order of the files. ``default``: the practice's language."""
    return [_entry(sampled, linted.problems, default) for sampled in linted.sampled]


def _entry(sampled: Sampled, problems: Sequence[Problem], default: str) -> Entry:
    script, channel, locale = parsed(sampled.name)
    mine = tuple(problem for problem in problems if problem.file == f"{FOLDER}/{sampled.name}")
    spoken = language(sampled.samples[0].locale if sampled.samples else locale or default)
    title = f"{script}, {channel}, {spoken}"
    return Entry(sampled.name, title, measures(sampled.samples), sampled.samples, mine)


def measures(samples: Sequence[Sample]) -> str:
    """``grade 2.1 to 3.4``, ``1 segment``; "" where nothing was measured."""
    if not samples:
        return ""
    if samples[0].channel == "sms":
        most = max(size(sample.text).segments for sample in samples)
        return f"{most} segment" if most == 1 else f"up to {most} segments"
    levels = [value for sample in samples if (value := level(sample)) is not None]
    if samples[0].to_partner or not levels:
        return ""
    low, high = f"{min(levels):.1f}", f"{max(levels):.1f}"
    spread = low if low == high else f"{low} to {high}"
    return f"{SCALES[samples[0].locale].name} {spread}"


def text(found: Sequence[Entry]) -> Iterator[str]:
    """The gallery as plain lines."""
    for entry in found:
        yield f"== {entry.title}" + (f" ({entry.measures})" if entry.measures else "")
        yield from (f"  {problem}" for problem in entry.problems)
        for number, sample in enumerate(entry.samples, 1):
            yield ""
            yield f"-- {number} of {len(entry.samples)}: {assumed(sample)}"
            yield from lines(sample)
        yield ""


def assumed(sample: Sample) -> str:
    """What a sample supposes of the case, or that it supposes nothing."""
    supposed = {name: value for name, value in sample.supposed.items() if name != "channel"}
    return in_words(supposed) or "whatever the case"


def lines(sample: Sample) -> Iterator[str]:
    """One sample as it is said, then its voicemail and its gaps."""
    yield from sample.text.splitlines()
    if sample.voicemail:
        yield f"Voicemail: {sample.voicemail}"
    for gap in sample.gaps:
        yield f"Missing: {gap}"


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid; padding-top: .7rem; }
h3 { font-size: 1rem; font-weight: normal; font-style: italic; margin: 1.2rem 0 .3rem; }
nav ul { columns: 2; padding-left: 1.2rem; } .measure { font-size: .9rem; }
blockquote { margin: 0; padding: .2rem 0 .2rem 1rem; border-left: 3px solid; }
blockquote p { margin: .2rem 0; }
.note { font-size: .9rem; font-style: italic; }
.error::before { content: "To put right: "; font-weight: bold; }
.warning::before { content: "Warning: "; font-weight: bold; }
@media print {
  nav { display: none; }
  body { margin: 0; max-width: none; }
  blockquote { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""


def html(found: Sequence[Entry], practice: str) -> str:
    """The gallery as one page without anything from outside it."""
    return "\n".join(_page(found, practice)) + "\n"


def _page(found: Sequence[Entry], practice: str) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Scripts of {escape(practice)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>Scripts of {escape(practice)}</h1>"
    yield "<p>Every patient in these samples is made up.</p>\n<nav><ul>"
    for number, entry in enumerate(found, 1):
        yield f'<li><a href="#s{number}">{escape(entry.title)}</a></li>'
    yield "</ul></nav>\n<main>"
    for number, entry in enumerate(found, 1):
        yield f'<section id="s{number}">\n<h2>{escape(entry.title)}</h2>'
        if entry.measures:
            yield f'<p class="measure">{escape(entry.measures)}</p>'
        for problem in entry.problems:
            yield f'<p class="{problem.severity}">{escape(_said(problem))}</p>'
        for sample in entry.samples:
            yield from _sample(sample)
        yield "</section>"
    yield "</main>\n</body>\n</html>"


def _said(problem: Problem) -> str:
    where = f"line {problem.line}: " if problem.line else ""
    return f"{where}{problem.what}. {problem.hint}".strip()


def _sample(sample: Sample) -> Iterator[str]:
    yield f"<h3>{escape(assumed(sample))}</h3>\n<blockquote lang={sample.locale!r}>"
    for line in lines(sample):
        kind = ' class="note"' if line.startswith(NOTES) else ""
        yield f"<p{kind}>{escape(line)}</p>"
    yield "</blockquote>"
