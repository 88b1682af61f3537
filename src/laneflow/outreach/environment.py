"""The sandbox scripts run in: what they may read, how much they may do, where they went wrong.

A script may print facts, choose between wordings, walk short lists, and build on a base. Anything
else is refused when it is read (``vet``), stopped when it has gone on too long (``rendering``), or
unreachable: no value in a script has a single Python attribute or method.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
    pass_context,
)
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.loaders import split_template_path
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment

from laneflow.errors import LaneflowError, Problem
from laneflow.outreach.endless import MAX_RANGE
from laneflow.outreach.filters import FILTERS, ahead, printed
from laneflow.outreach.rendering import MAX_TEXT, Gap, Rendering, TooMuchError, current, within
from laneflow.outreach.vet import TESTS, vet
from laneflow.practice.scripts import PublishedScripts, Source

FOLDER = "scripts"
MAX_SOURCE = 16_384
"""Characters of one script file; the longest shipped one has about 2,000."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKS = re.compile(r"\x02[a-z_]*\x03|\x04")
_LOOP = ("index", "index0", "first", "last", "length", "revindex")
_REFUSED = "a script may not use"
_HINT = "Scripts may print facts, use if and for, and build on a base."


class Facts(dict[str, Any]):
    """Named values under one name (``patient``); knows its path, so that a gap can be named."""

    __slots__ = ("path",)

    def __init__(self, path: str = "", values: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(values)
        self.path = path

    def at(self, name: str) -> Any:
        """The value called ``name``, or the gap it leaves."""
        if name in self:
            return self[name]
        return Gap(name=self._below(name))

    def around(self, dotted: str) -> tuple[Facts, str]:
        """Where the value called ``patient.phone`` belongs (made if need be), and its last name."""
        *parents, last = dotted.split(".")
        here = self
        for part in parents:
            below = here.get(part)
            if not isinstance(below, Facts):
                below = here[part] = Facts(here._below(part))
            here = below
        return here, last

    def _below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


class ScriptLoader(BaseLoader):
    """Reads scripts under one folder; a file that changed is read again at its next use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Source, full path, whether it is fresh. Raises TemplateNotFound or LaneflowError."""
        path = self.folder.joinpath(*split_template_path(template))
        try:
            before = path.stat()
            raw = path.read_bytes()
        except OSError as error:
            raise TemplateNotFound(template) from error

        def fresh() -> bool:
            try:
                now = path.stat()
            except OSError:
                return False
            return (now.st_mtime_ns, now.st_size) == (before.st_mtime_ns, before.st_size)

        return readable(raw, f"{FOLDER}/{template}"), str(path), fresh


class PublishedLoader(BaseLoader):
    """Reads the scripts of one release, which never change."""

    def __init__(self, scripts: PublishedScripts) -> None:
        self.scripts = scripts

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """As ``ScriptLoader.get_source``."""
        name = "/".join(split_template_path(template))
        if name not in self.scripts:
            raise TemplateNotFound(template)
        return readable(self.scripts[name], f"{FOLDER}/{name}"), name, lambda: True


def readable(raw: bytes, file: str) -> str:
    """The text of a script file; raises LaneflowError for one that is no text a script can be."""
    if len(raw) > MAX_SOURCE * 4:
        raise LaneflowError(_problem(file, 0, "the script is too long", "Keep it to a few pages."))
    try:
        source = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LaneflowError(_problem(file, line, "not valid UTF-8", "Save it as UTF-8.")) from None
    if len(source) > MAX_SOURCE:
        raise LaneflowError(_problem(file, 0, "the script is too long", "Keep it to a few pages."))
    odd = _CONTROLS.search(source)
    if odd:
        line = source.count("\n", 0, odd.start()) + 1
        what = f"a control character (U+{ord(odd.group()):04X}) stands in the text"
        raise LaneflowError(_problem(file, line, what, "Delete it."))
    return source.removeprefix("\ufeff")


class ScriptEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2's immutable sandbox, narrowed to what scripts need. Safe to share between threads."""

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%", "**"])
    intercepted_unops = frozenset(["+", "-"])

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader, undefined=Gap, autoescape=False, optimized=False,
            trim_blocks=True, lstrip_blocks=True, cache_size=1_000, finalize=_finalize,
        )  # fmt: skip
        self.filters = dict(FILTERS)
        self.tests = {name: (self.tests | {"ahead": ahead})[name] for name in TESTS}
        self.globals = {"range": _range}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return vet(super()._parse(source, name, filename))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A fact's part, a base's macro or ``loop.index``; nothing else has parts."""
        if isinstance(obj, Facts):
            return obj.at(attribute)
        if isinstance(obj, Gap):
            return Gap(name=f"{obj.path}.{attribute}")
        if isinstance(obj, TemplateModule) and not attribute.startswith("_"):
            return getattr(obj, attribute, None) or Gap(name=attribute)
        if isinstance(obj, TemplateReference) and not attribute.startswith("_"):
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        raise SecurityError(f'".{attribute}" asks for more than a script may know of a value')

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``facts["name"]`` or ``list[0]``."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, tuple | list) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else Gap(name="a list's entry")
        raise SecurityError("a script may only take named facts and entries of a list")

    def call(self, context: Context, macro: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a macro, a block or a guard; each call is one step."""
        current().step()
        if isinstance(macro, Gap):
            raise SecurityError(f'there is no macro called "{macro.path}"')
        if not isinstance(macro, Macro | BlockReference) and macro not in (
            _range, self.tick, self.counted, self.glue
        ):  # fmt: skip
            raise SecurityError("only macros can be called in a script")
        return context.call(macro, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on ordinary numbers; ``+`` also puts two texts together."""
        for side in (left, right):
            if isinstance(side, Gap):
                return side
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return self.glue(left, right)
        if not all(isinstance(side, int | float) and abs(side) < 1e9 for side in (left, right)):
            raise SecurityError(f'"{operator}" works on ordinary numbers only')
        return super().call_binop(context, operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """A sign before a number."""
        if isinstance(arg, Gap):
            return arg
        return super().call_unop(context, operator, arg)

    def tick(self) -> str:
        """Stands at the head of every script; calling it is the step that counts."""
        return ""

    def counted(self, values: Any) -> Iterator[Any]:
        """The values of a loop, each a step."""
        if not isinstance(values, Gap | tuple | list | range):
            raise SecurityError("a loop needs a list")
        rendering = current()
        for value in values:
            rendering.step()
            yield value

    def glue(self, *parts: Any) -> str:
        """Text put together with ``~`` or ``+``, of bounded length."""
        text = "".join(printed(part) for part in parts)
        if len(text) > MAX_TEXT:
            raise TooMuchError(f"it puts together more than {MAX_TEXT:,} characters")
        return text

    # Problems ------------------------------------------------------------------------------

    def load(self, name: str) -> Template:
        """A compiled script by its name under ``scripts/``. Raises LaneflowError."""
        return self._compiling(lambda: self.get_template(name), f"{FOLDER}/{name}")

    def compiled(self, source: str, file: str) -> Template:
        """A template written inside another file (a task's ``do``). Raises LaneflowError."""
        return self._compiling(lambda: self.from_string(readable(source.encode(), file)), file)

    def _compiling(self, work: Callable[[], Template], file: str) -> Template:
        try:
            return work()
        except TemplateError as error:
            raise LaneflowError(self.explain(error, file)) from None
        except (ArithmeticError, MemoryError, RecursionError, SyntaxError, ValueError):
            what = "the script nests too deep, or holds a number that is too long"
            raise LaneflowError(_problem(file, 0, what, "Make it simpler.")) from None

    def text(self, template: Template, facts: Facts, rendering: Rendering) -> str:
        """The template's words, with the marks of its blocks. Raises LaneflowError."""
        context = template.new_context(facts, shared=False)
        try:
            return within(rendering, lambda: _poured(template, context, rendering))
        except LaneflowError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a script provokes is its own problem
            raise LaneflowError(self.explain(error, f"{FOLDER}/{template.name}")) from None

    def explain(self, error: BaseException, file: str) -> Problem:
        """What a manager reads about ``error``: one line, with the place in the script."""
        if isinstance(error, TemplateSyntaxError):
            where = f"{FOLDER}/{error.name}" if error.name else file
            what = (error.message or "").rstrip(".")
            return _problem(where, error.lineno, what, _HINT if what.startswith(_REFUSED) else "")
        where, line = _place(error, file)
        if isinstance(error, TemplateNotFound):
            what, hint = f'there is no script "{FOLDER}/{error.name}"', "Check its name."
        elif isinstance(error, RecursionError):
            what, hint = "the script goes in circles", "Look for one that includes or calls itself."
        elif isinstance(error, TooMuchError):
            what, hint = f"the script was stopped: {error}", "Make it shorter."
        elif isinstance(error, TemplateError | TypeError) and str(error):
            what, hint = str(error), _HINT
        else:
            what, hint = f"the script cannot be read ({type(error).__name__})", _HINT
        return _problem(where, line, what, hint)


@lru_cache(maxsize=32)
def environment(source: Source) -> ScriptEnvironment:
    """The one environment of a practice folder or a release; scripts stay compiled in it."""
    if isinstance(source, PublishedScripts):
        return ScriptEnvironment(PublishedLoader(source))
    return ScriptEnvironment(ScriptLoader(Path(source) / FOLDER))


def _poured(template: Template, context: Context, rendering: Rendering) -> str:
    pieces = []
    length = 0
    for piece in template.root_render_func(context):
        length += len(piece)
        if length > MAX_TEXT:
            raise TooMuchError(f"it writes more than {MAX_TEXT:,} characters")
        pieces.append(piece)
    return "".join(pieces)


@pass_context
def _finalize(context: Context, value: Any) -> str:
    # Passing the context keeps Jinja from working out printed constants while it compiles.
    return current().write(_MARKS.sub("", printed(value)))


def _range(*bounds: int) -> range:
    if not all(isinstance(bound, int) for bound in bounds):
        raise SecurityError("range needs whole numbers")
    numbers = range(*bounds)
    if len(numbers) > MAX_RANGE:
        raise TooMuchError(f"range is longer than {MAX_RANGE}")
    return numbers


def _place(error: BaseException, file: str) -> tuple[str, int]:
    """The script and line of the innermost frame that belongs to a template."""
    line = 0
    for frame, number in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(number)
            file = f"{FOLDER}/{template.name}" if template.name else file
    return file, line


def _problem(file: str, line: int, what: str, hint: str = "") -> Problem:
    return Problem(file=file, line=line, column=1 if line else 0, what=what, hint=hint)
