#!/usr/bin/env python3
"""Writes docs/reference/: the files' language from schemas/, the commands from the command line.

Run it as ``make reference`` after a change; a test fails while the pages are not what it writes.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "reference"
MADE = "<!-- Written by `make reference`; change schemas/ or the commands, not this page. -->"

Schema = dict[str, Any]


def pages() -> dict[str, str]:
    """File name under docs/reference -> its text."""
    files = sorted(path.name for path in (ROOT / "schemas").glob("*.schema.json"))
    names = {file.removesuffix(".schema.json"): _schema(file) for file in files}
    written = {f"{name}.md": Page(name, schema).text() for name, schema in names.items()}
    return written | {"commands.md": commands()}


class Page:
    """One kind of file, every key of it, from its schema."""

    def __init__(self, name: str, schema: Schema) -> None:
        self.name, self.schema = name, schema
        self.defs: dict[str, Schema] = schema.get("$defs", {})

    def text(self) -> str:
        """The page: the file itself, then each kind of entry in it."""
        lines = [MADE, "", f"# {_upper(self.schema['title'])}", "", self.schema["description"], ""]
        lines += self.table(self.schema)
        for name, entry in self.defs.items():
            lines += self.section(name, entry)
        return "\n".join(lines).rstrip() + "\n"

    def section(self, name: str, entry: Schema) -> list[str]:
        """A heading, what it is, its keys, its examples."""
        lines = ["", f"## {self.heading(name)}", ""]
        lines += [entry.get("description", ""), ""]
        rows = self.table(entry)
        if rows:
            lines += [*rows, ""]
        words = self.words(entry)
        if words:
            lines += [f"One of: {', '.join(f'`{word}`' for word in words)}.", ""]
        lines += ["```yaml", *(_yaml(example) for example in entry.get("examples", [])), "```"]
        return lines

    def heading(self, name: str) -> str:
        """What an entry's section is called; its key tells two of one title apart."""
        title = self.defs[name].get("title", name)
        same = [other for other, of in self.defs.items() if of.get("title", other) == title]
        return _upper(title) + (f" ({name.replace('_', ' ')})" if len(same) > 1 else "")

    def table(self, entry: Schema) -> list[str]:
        """The keys of an entry, those that must be there first told so; [] where it has none."""
        rows = [
            f"| `{key}` | {self.what(of)} | {self.kind(of)} | {self.example(of)} |"
            for key, of in self.keys(entry)
        ]
        must = sorted({key for part in _parts(entry) for key in part.get("required", [])})
        head = ["| key | what | kind | for example |", "|---|---|---|---|"]
        needs = [f"Must be there: {', '.join(f'`{key}`' for key in must)}.", ""] if must else []
        return [*needs, *head, *rows] if rows else []

    def keys(self, entry: Schema) -> Iterator[tuple[str, Schema]]:
        """(key, its schema) of an entry, in the schema's order, a nested entry's after it."""
        for part in _parts(entry):
            for key, of in part.get("properties", {}).items():
                if set(of) <= {"const", "enum"}:
                    continue  # a condition's test of a key, not the key itself
                yield key, of
                inner = _inner(of)
                yield from ((f"{key}.{below}", rest) for below, rest in self.keys(inner))
            yield from self.families(part)

    def families(self, entry: Schema) -> Iterator[tuple[str, Schema]]:
        """Keys that a pattern describes, such as ``since.<event>``."""
        for pattern, of in entry.get("patternProperties", {}).items():
            head = re.match(r"\^([a-z_\\.]+\.)", pattern)
            assert head is not None, pattern
            yield head[1].replace("\\", "") + "…", of

    def what(self, of: Schema) -> str:
        """What a key means, and what holds without it."""
        said = of.get("description") or self.target(of).get("description", "")
        default = of.get("default", self.target(of).get("default"))
        return _cell(said + ("" if default is None else f" Without it: {_yaml(default)}."))

    def kind(self, of: Schema) -> str:
        """What may stand there, with a link where that has a section of its own."""
        reference = self.link(of)
        if reference:
            return reference
        if "enum" in of:
            return ", ".join(f"`{word}`" for word in of["enum"])
        items = of.get("items", {})
        if of.get("type") == "array" or items:
            return f"list of {self.link(items) or items.get('type', 'values')}"
        each = of.get("additionalProperties")
        if isinstance(each, dict):
            return f"names, each with {self.link(each) or each.get('type', 'a value')}"
        named = {"string": "text", "object": "the keys below", "boolean": "true or false"}
        kinds = of.get("type", "")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return " or ".join(named.get(kind, kind) for kind in kinds if kind)

    def link(self, of: Schema) -> str:
        """A link to what ``$ref`` names; "" where there is none."""
        file, _, name = of.get("$ref", "").partition("#/$defs/")
        if not name:
            return ""
        home = Page(file.removesuffix(".schema.json"), _schema(file)) if file else self
        page = f"{home.name}.md" if file else ""
        title = self.target(of).get("title", name)
        return f"[{title}]({page}#{_anchor(home.heading(name))})"

    def target(self, of: Schema) -> Schema:
        """What a reference stands for, in this schema or another file's."""
        file, _, name = of.get("$ref", "").partition("#/$defs/")
        if not name:
            return {}
        found: Schema = (_schema(file)["$defs"] if file else self.defs)[name]
        return found

    def example(self, of: Schema) -> str:
        """The first example of a key; what it refers to has its own."""
        found = of.get("examples") or self.target(of).get("examples") or [None]
        return "" if found[0] is None else f"`{_cell(_yaml(found[0]))}`"

    def words(self, entry: Schema) -> list[str]:
        """The fixed words an entry may be."""
        return [str(word) for word in entry.get("enum", [])]


def _schema(file: str) -> Schema:
    found: Schema = json.loads((ROOT / "schemas" / file).read_text("utf-8"))
    return found


def commands() -> str:
    """Every command, argument and option with its help, from the command line itself."""
    from laneflow.cli.group import app

    context = click.Context(app, info_name="laneflow")
    lines = [MADE, "", "# Commands", "", "Before the command:", ""]
    lines += _options(app, context)
    for name in app.list_commands(context):
        command = app.get_command(context, name)
        if command is not None:
            lines += _command(command, f"laneflow {name}", context)
    return "\n".join(lines).rstrip() + "\n"


def _command(command: click.Command, path: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=path, parent=None)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = ["", f"## {path}", "", f"`{path} {usage}`", "", _help(command.help), ""]
    lines += _options(command, context)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            lines += _command(below, f"{path} {name}", context)
    return lines


def _options(command: click.Command, context: click.Context) -> list[str]:
    rows = []
    for option in command.get_params(context):
        record = option.get_help_record(context) if isinstance(option, click.Option) else None
        if record is not None and "--help" not in record[0]:
            rows.append(f"| `{_cell(record[0])}` | {_cell(_help(record[1]))} |")
    return ["| option | what |", "|---|---|", *rows] if rows else []


def _help(text: str | None) -> str:
    return " ".join((text or "").replace("\b", "").split())


def _parts(entry: Schema) -> Iterator[Schema]:
    """An entry's own schema and those of its alternatives, wherever its keys may be written."""
    yield entry
    for word in ("then", "else"):
        if isinstance(entry.get(word), dict):
            yield from _parts(entry[word])
    for word in ("anyOf", "oneOf", "allOf"):
        for part in entry.get(word, []):
            yield from _parts(part)


def _inner(of: Schema) -> Schema:
    """What a key holds where that is written out in place: its own keys, or its items'."""
    items = of.get("items")
    return items if isinstance(items, dict) and "properties" in items else of


def _yaml(value: Any) -> str:
    """A value on one line, as a lane file would hold it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(below)}" for key, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _cell(text: str) -> str:
    """Text inside a table's cell, on one line."""
    return " ".join(text.split()).replace("|", "\\|")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _anchor(title: str) -> str:
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def main() -> int:
    """Write the pages; exit code 0."""
    PAGES.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for old in PAGES.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (PAGES / name).write_text(text, "utf-8")
    sys.stdout.write(f"{len(wanted)} pages in {PAGES.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
