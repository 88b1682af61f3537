"""Owns the audit trail's shape and how tampering with it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from laneflow.store import codec
from laneflow.store.digest import chained

PAGE = 1000


def entry(n: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """The ``n``-th row as it is kept and hashed. ``detail`` is text, or anything JSON can say."""
    detail = row.get("detail")
    return {
        "n": n,
        "at": row["at"],
        "by": codec.plain(row["by"]),
        "what": codec.plain(row["what"]),
        "object": codec.plain(row.get("object")),
        "detail": codec.plain(detail) if isinstance(detail, str) else codec.text(detail),
    }


def broken(
    read: Callable[..., list[dict[str, Any]]],
    head: Callable[[], tuple[int, str]],
    seen: Callable[[int], None] = lambda n: None,
    last: int = 0,
) -> int | None:
    """Number of the first row that was changed, moved, added or taken away; None where all is well.

    ``read(after=n, limit=…)`` gives rows in order; ``head()`` the last row's number and hash as
    noted when it was written. What is added while this goes on is checked, too; ``seen`` is told
    how many more rows were. ``last``: rows up to this one are taken to be right.
    """
    trusted = read(after=last - 1, limit=1) if last else []
    before = trusted[0]["hash"] if trusted else ""
    while True:
        count, noted = head()
        while page := read(after=last, limit=min(PAGE, count - last)) if last < count else []:
            for row in page:
                kept = dict(row)
                hash_ = kept.pop("hash")
                if row["n"] != last + 1 or hash_ != chained(before, kept):
                    return last + 1
                last, before = row["n"], hash_
            seen(len(page))
        if last < count:
            return last + 1
        if before != noted:
            return max(count, 1)
        if not read(after=count, limit=1):
            return None
        if head()[0] == count:
            return count + 1
