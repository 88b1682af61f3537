"""Owns what is live: releases, the versions they are made of, and which of them is the latest."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from laneflow.engine.state import Instant
from laneflow.store import codec
from laneflow.store.bulk import Statement
from laneflow.store.released import Name, Part, Release, decoded, encoded
from laneflow.store.writing import Writing

_LIVE = "SELECT kind, name, hash FROM laneflow_version WHERE live ORDER BY n"
_LIVE_WHOLE = "SELECT kind, name, hash, content FROM laneflow_version WHERE live"
_RETIRE = "UPDATE laneflow_version SET live = FALSE WHERE live AND kind = %s AND name = %s"
_VERSION = """
INSERT INTO laneflow_version (kind, name, hash, content, live, at, "by")
VALUES (%s, %s, %s, %s, TRUE, %s, %s)
"""
_RELEASE = 'INSERT INTO laneflow_release (n, at, "by", why, parts) VALUES (%s, %s, %s, %s, %s)'
_LATEST = """
INSERT INTO laneflow_meta (name, number) VALUES ('release', %s)
ON CONFLICT (name) DO UPDATE SET number = excluded.number
"""


class Releases(Writing):
    """The part of the store that knows what is live."""

    def release(
        self, parts: Mapping[Name, Part], at: Instant, by: str, why: str, *, after: int
    ) -> int | None:
        """See Store. The number of a release is its key: of two publishers one meets the other."""

        def work() -> int | None:
            if self.released() != after:
                return None
            self._replace(parts, at, by)
            hashes = {name: part.hash for name, part in parts.items()}
            self.change(_RELEASE, [after + 1, at, by, codec.plain(why), encoded(hashes)])
            self.change(_LATEST, [after + 1])
            if practice := parts.get(("practice", "practice")):
                self._order_tiers(codec.tiers(practice.content))
            return after + 1

        return self.retried(work)

    def _replace(self, parts: Mapping[Name, Part], at: Instant, by: str) -> None:
        # A version whose meaning is the same may have other places in it: the lines of its file.
        live = {(kind, name): Part(hash_, bytes(body)) for kind, name, hash_, body in
                self.rows(_LIVE_WHOLE)}  # fmt: skip
        new = [name for name, part in parts.items() if live.get(name) != part]
        retired = [name for name in live if name not in parts or live[name] != parts[name]]
        made = [(*name, parts[name].hash, parts[name].content, at, by) for name in new]
        both = [Statement(_RETIRE, retired), Statement(_VERSION, made)]
        self.writer.run([statement for statement in both if statement.rows])

    def released(self) -> int:
        """See Store. One row is read; the tiers that go with it are learned, too."""
        found = self.rows("SELECT name, number, words FROM laneflow_meta WHERE name IN "
                          "('release', 'tiers')")  # fmt: skip
        said = {name: (number, words) for name, number, words in found}
        names = codec.words(said["tiers"][1]) if "tiers" in said else ()
        self._tiers = {name: rank for rank, name in enumerate(names)}
        return said["release"][0] if "release" in said else 0

    def releases(self, *, limit: int | None = None) -> list[Release]:
        """See Store."""
        cut = "" if limit is None else f" LIMIT {int(limit)}"
        sql = f'SELECT n, at, "by", why, parts FROM laneflow_release ORDER BY n DESC{cut}'
        return [Release(n, at, by, why, decoded(parts)) for n, at, by, why, parts in self.rows(sql)]

    def live(self) -> dict[Name, str]:
        """See Store."""
        return {(kind, name): hash_ for kind, name, hash_ in self.rows(_LIVE)}

    def version(self, hash: str) -> bytes | None:
        """See Store."""
        sql = "SELECT content FROM laneflow_version WHERE hash = %s ORDER BY n DESC LIMIT 1"
        found = self.rows(sql, [hash])
        return bytes(found[0][0]) if found else None

    def contents(self, hashes: Mapping[Name, str]) -> dict[Name, bytes]:
        """See Store."""
        among, parameter = self.writer.among(list(set(hashes.values())))
        sql = f"SELECT hash, content FROM laneflow_version WHERE hash {among} ORDER BY n"
        found: dict[str, bytes] = {
            hash_: bytes(body) for hash_, body in self.rows(sql, [parameter])
        }
        return {name: found[hash_] for name, hash_ in hashes.items() if hash_ in found}

    def versions(self, kind: str, name: str) -> list[dict[str, Any]]:
        """See Store."""
        sql = (
            'SELECT hash, live, at, "by" FROM laneflow_version WHERE kind = %s AND name = %s '
            "ORDER BY n DESC"
        )
        return [row | {"live": bool(row["live"])} for row in self.dicts(sql, [kind, name])]
