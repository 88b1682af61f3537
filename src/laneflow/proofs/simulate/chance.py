"""Chance that staffing does not disturb: each draw depends only on what it decides and for whom.

A draw is a hash of (seed, run, patient, what is decided, how often it was decided before), so it is
the same whoever does the work and whenever: two staffings are compared over the same patients who
come at the same times and answer alike ("common random numbers").
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import exp, log
from random import Random
from statistics import NormalDist

from laneflow.proofs.simulate.model import Minutes, Shares

_NORMAL = NormalDist()
_P90 = _NORMAL.inv_cdf(0.9)
_SCALE = 2.0**-64


class Chance:
    """The draws of one patient, or of one trigger's arrivals."""

    __slots__ = ("_drawn", "_key")

    def __init__(self, *key: object) -> None:
        self._key = "\0".join(map(str, key))
        self._drawn: dict[str, int] = {}

    def draw(self, what: str) -> float:
        """A number from 0 up to but not 1, the next one of ``what``."""
        n = self._drawn.get(what, 0)
        self._drawn[what] = n + 1
        digest = blake2b(f"{self._key}\0{what}\0{n}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") * _SCALE

    def happens(self, what: str, share: float) -> bool:
        """Whether something with this share (0 to 1) happens."""
        return self.draw(what) < share

    def one_of(self, what: str, shares: Shares, rest: str = "") -> str:
        """One of several by its share; ``rest`` for what is left of 1."""
        left = self.draw(what)
        for name, share in shares:
            left -= share
            if left < 0:
                return name
        return rest

    def among(self, what: str, names: Sequence[str], weight: Sequence[float]) -> str:
        """One of several by its weight; all weights nothing: each as often as any other."""
        total = sum(weight)
        even = 1 / len(names)
        shares = tuple(
            (name, w / total if total else even) for name, w in zip(names, weight, strict=True)
        )
        return self.one_of(what, shares, names[-1])

    def minutes(self, what: str, time: Minutes) -> float:
        """A handling time in minutes; a skewed one is log-normal with this median and p90."""
        u = self.draw(what)
        if not time.skewed:
            return time.low + (time.high - time.low) * u
        sigma = log(time.high / time.low) / _P90
        return time.low * exp(sigma * _NORMAL.inv_cdf(min(max(u, 1e-12), 1 - 1e-12)))


def how_many(key: str, mean: float) -> int:
    """A Poisson number: how many come by chance where ``mean`` come on average.

    By inversion in pieces of at most 500, where ``exp`` has not yet become nothing.
    """
    random, many = Random(key), 0
    while mean > 0:
        piece, mean = min(mean, 500.0), mean - 500.0
        u, term = random.random(), exp(-piece)
        total, n = term, 0
        while u > total and term > 0:
            n += 1
            term *= piece / n
            total += term
        many += n
    return many
