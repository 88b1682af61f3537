"""Nothing a person can set, say or write is left out of docs/."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from laneflow.cli.group import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES: dict[str, str] = generator().pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_the_reference_is_what_the_schemas_and_commands_say(name: str) -> None:
    written = (DOCS / "reference" / name).read_text("utf-8")
    assert written == PAGES[name], "run `make reference`"


def test_no_page_of_the_reference_is_left_over() -> None:
    assert {path.name for path in (DOCS / "reference").glob("*.md")} == set(PAGES)


def options(command: click.Command, path: str) -> Iterator[tuple[str, click.Option]]:
    context = click.Context(command, info_name=path)
    for option in command.get_params(context):
        if isinstance(option, click.Option):
            yield path, option
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from options(below, f"{path} {name}")


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{path} {option.opts}" for path, option in options(app, "laneflow") if not option.help
    ]
    assert silent == []


def test_every_option_is_in_the_reference() -> None:
    page = PAGES["commands.md"]
    missing = [
        f"{path} {name}"
        for path, option in options(app, "laneflow")
        for name in option.opts
        if name != "--help"
        and not option.hidden
        and f"`{name}" not in page
        and f" {name}" not in page
    ]
    assert missing == []


def test_every_setting_is_documented() -> None:
    """What laneflow reads from its surroundings stands in the table for operations."""
    used = {
        name
        for file in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"\bLANEFLOW_[A-Z_]+\b", file.read_text("utf-8"))
    }
    told = set(re.findall(r"LANEFLOW_[A-Z_]+", (DOCS / "operations.md").read_text("utf-8")))
    assert used - told == set()


def test_every_link_between_pages_leads_somewhere() -> None:
    """Files and headings that the README and docs/ point at are there."""
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8"))
        if not leads_somewhere(page, link)
    ]
    assert broken == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    if not heading:
        return True
    titles = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
    return heading in {anchor(title) for title in titles}


def anchor(title: str) -> str:
    """How GitHub and GitLab name a heading's place."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
