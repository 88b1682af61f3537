"""The traps of YAML, told in a manager's words: what was found, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

from laneflow.errors import LaneflowError, Problem

Told = tuple[str, str]
"""What is wrong, and the hint."""

SECOND_DOCUMENT: Told = ("a second document begins here", "Keep one per file: remove the ---.")
BRACES: Told = (
    'a value that begins with "{{" must be in quotes',
    'Write "{{ … }} …" with the quotes.',
)
MAP_AS_KEY: Told = ("this stands where a name is expected", "Put the whole value in quotes.")

_MARKS = (
    (b"PK\x03\x04", "a Word, Excel or zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"%PDF", "a PDF file"),
    (b"{\\rtf", "a rich-text file"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x7fELF", "a program"),
)
_PAGE = re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
_AS_TEXT = "Save it as plain text (UTF-8)."
# YAML counts U+0085, U+2028 and U+2029 as line ends and editors do not: lines would be told wrong.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)
_BAD_INDENT = re.compile("^[ ]*([\t\xa0\u3000])[ \t\xa0]*[^\\s#]", re.MULTILINE)
_MERGE_BEGUN = re.compile(r"^<{7}(?: .*)?$", re.MULTILINE)
_MERGE_ENDED = re.compile(r"^>{7}(?: .*)?$", re.MULTILINE)
_BRACKETS = re.compile(r"[\[\]{}]")
_LOST = re.compile(r"\s+#(?=[0-9A-Za-z])")


def decode(content: bytes, file: str, most_bytes: int) -> str:
    """The file's text without BOM, lines ending in a newline; LaneflowError if it is not text."""
    if len(content) > most_bytes:
        raise too_big(file, len(content), most_bytes)
    for mark, kind in _MARKS:
        if content.startswith(mark):
            raise _whole(file, f"this is {kind}, not text", _AS_TEXT)
    if _PAGE.match(content):
        raise _whole(file, "this is a web page or XML, not text", _AS_TEXT)
    # Without its mark at the beginning UTF-16 is told by every other byte being zero.
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in (content[1:2], content[:1]):
        raise _whole(file, 'this is text in UTF-16 ("Unicode")', "Save it as UTF-8.")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        raise _at(
            file, before, f"the byte 0x{content[error.start]:02x} is not UTF-8 text",
            "Save the file as UTF-8.",
        ) from None  # fmt: skip
    found = _UNPRINTABLE.search(text)
    if found:
        code = ord(found[0])
        what = f"an invisible character (U+{code:04X})" if code else "a NUL byte"
        before = text[: found.start()]
        raise _at(file, before, f"there is {what} here", "Delete it, or retype the line.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def too_big(file: str, size: int, most: int) -> LaneflowError:
    """The refusal of a file of ``size`` bytes."""
    what = f"the file is {size / 1e6:,.1f} MB, and {most / 1e6:g} MB is the most laneflow reads"
    return _whole(file, what, "Is it the right file?")


def look_before_reading(text: str, file: str, most_depth: int) -> None:
    """Refuse, without parsing, what would stop or mislead the parser: tabs, endless brackets."""
    _refuse_merge_marks(text, file)
    found = _BAD_INDENT.search(text)
    if found:
        kind = "a tab" if found[1] == "\t" else "a special space"
        before = text[: found.start(1)]
        raise _at(file, before, f"the line is indented with {kind}", "Use ordinary spaces.")
    # Brackets may also stand in sentences and comments, so this only catches the absurd, which
    # would cost the parser quadratic time; the exact depth is counted while reading.
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        if depth > 50 * most_depth:
            raise _at(file, text[: bracket.start()], *too_deep(most_depth))


def _refuse_merge_marks(text: str, file: str) -> None:
    """What git leaves of a merge it could not finish, told once for all of its places."""
    begun = list(_MERGE_BEGUN.finditer(text))
    if not begun:
        return
    places = []
    for mark in begun:
        first = text.count("\n", 0, mark.start()) + 1
        end = _MERGE_ENDED.search(text, mark.end())
        last = text.count("\n", 0, end.start() if end else len(text.rstrip("\n"))) + 1
        places.append(f"{first}-{last}")
    which = ", ".join(places[:-1]) + (" and " if places[:-1] else "") + places[-1]
    what = f"a merge of two versions is not finished here: lines {which}"
    hint = "Keep what is right of the two, and delete the lines with <<<<<<<, ======= and >>>>>>>."
    raise _at(file, text[: begun[0].start()], what, hint)


def too_deep(most: int) -> Told:
    """More than ``most`` lists and maps inside one another."""
    return f"lists and maps are nested more than {most} deep here", "Is a bracket not closed?"


def too_many(most: int) -> Told:
    """More than ``most`` entries in one file."""
    return f"the file has more than {most:,} entries", "Is it the right file?"


def anchor(name: str) -> Told:
    """``&name`` before a value."""
    what = f'"&{name}" is an anchor, which laneflow files do not have'
    return what, "Put the value in quotes, or write it out where it is needed."


def alias(name: str) -> Told:
    """``*name`` as a value."""
    what = f'"*{name}" is an alias, which laneflow files do not have'
    return what, "Put the value in quotes, or write it out where it is needed."


def tag(name: str) -> Told:
    """``!name`` before a value."""
    return f'"{name}" is a tag, which laneflow files do not have', "Put the value in quotes."


def lost_text(line: str, column: int) -> str:
    """What a `` #`` directly before a letter or digit cuts off a line after ``column``."""
    found = _LOST.match(line, column)
    return line[column:].strip() if found else ""


def after_hash(value: str, lost: str) -> Told:
    """``claim #12``: YAML takes the rest for a comment."""
    what = f'"{_short(lost)}" after "{_short(value)}" is lost: " #" begins a comment'
    return what, 'Put the whole value in quotes, or write "# " for a comment.'


def cut_sentence(before: object, rest: str) -> Told:
    """``{text: Feels worse, call the nurse}``: a comma ends the value."""
    whole = f': "{_short(before)}, {_short(rest)}"' if isinstance(before, str) else ""
    what = f'the comma before "{_short(rest)}" cuts the sentence'
    return what, f"Put the whole sentence in quotes{whole}."


def no_value(key: str) -> Told:
    """``{phone}``: a name alone in braces."""
    return (
        f'"{_short(key)}" has no value',
        f'Write "{_short(key)}: …", or [{_short(key)}] for a list.',
    )


def explain(error: Any, text: str, file: str) -> Problem:
    """A parser's error as one problem at its line."""
    mark = error.problem_mark or error.context_mark
    broke: Place = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    problem, context = error.problem or "", error.context or ""
    began: Place = broke
    if error.context_mark is not None:
        began = (error.context_mark.line, error.context_mark.column)
    what, hint, at = _where_it_began(problem, context, lines, began, broke) or (
        *_where_it_broke(problem, lines, broke),
        broke,
    )
    line = min(at[0], len(lines) - 1)  # the parser adds a line where the last one has no end
    column = at[1] if line == at[0] else len(lines[line])
    return Problem(file, line + 1, column + 1, what, hint, code="not-yaml")


Place = tuple[int, int]
"""Line and column, both from 0."""

_BEGAN: tuple[tuple[str, Told], ...] = (
    ("an alias", ('a value cannot begin with "*"', "Put the whole value in quotes.")),
    ("an anchor", ('a value cannot begin with "&"', "Put the whole value in quotes.")),
    ("directive", ('a line cannot begin with "%"', "Put the value in quotes.")),
    (
        "block scalar",
        ("the text after | or > begins on the next line", "Move it there, indented."),
    ),
    ("quoted scalar", ("a quotation mark is opened here and never closed", "Close it.")),
)


def _where_it_began(
    problem: str, context: str, lines: list[str], began: Place, broke: Place
) -> tuple[str, str, Place] | None:
    """What is told of the construct that was being read, at its beginning."""
    for sign, told in _BEGAN:
        if sign in context:
            return (*told, began)
    if "flow sequence" in context or "flow mapping" in context:
        return (*_unclosed("]" if "sequence" in context else "}", lines, broke[0]), began)
    if "could not find expected ':'" in problem:
        what = "this line has no colon, so it is neither an entry nor part of one"
        return what, 'Write "name: value", or indent it under the line above.', began
    return None


def _where_it_broke(problem: str, lines: list[str], broke: Place) -> Told:
    """What is told of the place where the parser stopped."""
    here = lines[broke[0]] if broke[0] < len(lines) else ""
    before, sign = here[: broke[1]], here[broke[1] : broke[1] + 1]
    if "cannot start any token" in problem:
        what = f'a value cannot begin with "{sign}"' if sign.strip() else "there is a stray tab"
        return what, "Put the whole value in quotes."
    if "mapping values are not allowed" in problem:
        if ":" not in before and _ENTRY.match(here):
            return "the line is indented further than the one it belongs to", _LINE_UP
        return 'a ":" inside a sentence', "Put the whole sentence in quotes."
    for text, told in _BROKE:
        if text in problem:
            return told
    if "did not find expected '-'" in problem or "did not find expected key" in problem:
        if _QUOTED_START.match(here):
            return "text goes on after the closing quotation mark", _QUOTE_ALL
        return "this line does not line up with the ones above", _LINE_UP
    return f"this is not YAML: {problem or 'it cannot be read'}", ""


_BROKE: tuple[tuple[str, Told], ...] = (
    (
        "block sequence entries are not allowed",
        ('"- " cannot stand here', "Begin the list on its own line, or use [a, b]."),
    ),
    (
        "expected node content",
        ("something is missing before this", "Is there a comma or a bracket too many?"),
    ),
    (
        "mapping keys are not allowed",
        ('a value cannot begin with "? "', "Put the whole value in quotes."),
    ),
    ("found unexpected ':'", ('a ":" inside a value', "Put the whole value in quotes.")),
    (
        "expected <document start>",
        ("this line does not belong to what stands above it", 'Write "name: value".'),
    ),
)
_LINE_UP = "Entries that belong together begin in the same column."
_QUOTE_ALL = "Put the whole value in quotes: \"…\", with '…' for quotes inside."
_QUOTED_START = re.compile(r"""[^'"]*[:\-,\[{]\s*(['"]).*\1\s*[^\s#,\]}]""")
_ENTRY = re.compile(r"\s*[\w. -]+:")


def _unclosed(bracket: str, lines: list[str], line: int) -> Told:
    opened = "[" if bracket == "]" else "{"
    for text in lines[: line + 1]:
        if re.search(r"[\[{].*\s#(?=[0-9A-Za-z])", text):
            what = f'the "{opened}" is not closed: " #" begins a comment, so the rest is lost'
            return what, "Put the value with the # in quotes."
    what = f'the "{opened}" opened here is not closed, or a comma is missing'
    return what, f'Add "{bracket}".'


def _whole(file: str, what: str, hint: str) -> LaneflowError:
    return LaneflowError(Problem(file, 0, 0, what, hint, code="not-text"))


def _at(file: str, before: str, what: str, hint: str) -> LaneflowError:
    """A problem after the text ``before``."""
    lines = re.split("\r\n|\r|\n", before)
    column = len(lines[-1]) + 1
    return LaneflowError(Problem(file, len(lines), column, what, hint, code="not-text"))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
