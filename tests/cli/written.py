"""Writes what a page has its reader write: FILE TEXT, or FILE KEY TEXT for one key of a file."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def with_key(whole: str, key: str, text: str) -> str:
    """``whole`` with the top-level ``key`` replaced by ``text``, added at the end where missing."""
    entry = re.compile(rf"^{re.escape(key)}:.*\n(?:(?:[ \t#-].*)?\n)*", re.MULTILINE)
    if not entry.search(whole):
        return f"{whole}\n{text}"
    return entry.sub(lambda _: f"{text}\n", whole, count=1)


def main(name: str, *rest: str) -> None:
    file = Path(name)
    *key, text = rest
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text("utf-8") if key else ""
    file.write_text(with_key(before, key[0], text) if key else text, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
