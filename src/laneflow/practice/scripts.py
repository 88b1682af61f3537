"""Owns the scripts of a published practice: their texts as they went live, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping


class PublishedScripts(Mapping[str, bytes]):
    """The scripts of one release: name under ``scripts/`` -> the file's bytes. Never changed.

    Two with the same texts are equal, and hash fast: compiled scripts are kept by them.
    """

    __slots__ = ("_texts", "digest")

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = dict(texts)
        whole = hashlib.sha256()
        for name, text in sorted(self._texts.items()):
            whole.update(f"{len(name)}:{name}{len(text)}:".encode() + text)
        self.digest = whole.hexdigest()

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __getitem__(self, name: str) -> bytes:
        return self._texts[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublishedScripts) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


Source = str | PublishedScripts
"""Where scripts are read from: a practice's folder, or a release."""
