"""The three-second rule: the opening says why we are in touch, what step to take, who can help.

Before somebody hangs up or stops reading they must know these three (design: "the 3-second rule").
Of what is said to a patient by phone, portal and letter this is held:

- *who we are* comes first: the practice's name or the speaker's is among the first 20 words of a
  call, or among the first 25 of a message (below a letter's head, which does not count);
- *why* comes next: the block ``reason`` is the first one after ``identity``, says something, and
  is over within 40 words (about fifteen seconds of speech), so that the step is near;
- *what* follows at once: the block ``next_step`` is the first one after ``reason``;
- *who can help*: the block ``help`` names somebody, or gives the practice's number.

A text message holds the first three in its few words: it names the practice, and both ``reason``
and ``next_step`` say something.
"""

from __future__ import annotations

from collections.abc import Iterator

from laneflow.errors import Problem
from laneflow.outreach.lint.reading import Shelf
from laneflow.outreach.lint.samples import Sample
from laneflow.outreach.lint.sentences import word_count
from laneflow.outreach.lint.telling import at_block, not_said

REASON_WORDS = 40
WHO_WORDS = 25


def opening(sample: Sample, shelf: Shelf, names: tuple[str, ...], phone: str) -> Iterator[Problem]:
    """What the opening of one sample leaves out. ``names``: the practice's and its people's."""
    if sample.to_partner or sample.channel == "fax":
        return
    said = [p.block for p in sample.pieces if p.block and sample.said(p.block)]
    said = [block for block in dict.fromkeys(said) if block != "voicemail"]
    yield from _present(sample, shelf, said)
    yield from _in_order(sample, shelf, said)
    words = word_count(sample.said("reason"))
    if words > REASON_WORDS and sample.channel != "sms":
        what = f"the reason takes {words} words before the next step is named"
        hint = f"Say why in {REASON_WORDS} words at most; the rest belongs to next_step."
        yield at_block(shelf, sample.name, "reason", what, hint, "slow-opening")
    if sample.channel == "phone":
        first = " ".join(sample.said("identity").split()[:WHO_WORDS])
        if not any(name in first for name in names):
            what = "the opening does not say who we are"
            hint = "Begin with {{ practice.name }}."
            yield at_block(shelf, sample.name, "identity", what, hint, "opening-without-who")
    help_ = sample.said("help")
    if sample.channel != "sms" and not any(word in help_ for word in (*names, phone)):
        what = "nobody is named who can help"
        hint = "Name {{ owner.name }} or {{ practice.phone }} in the block help."
        yield at_block(shelf, sample.name, "help", what, hint, "opening-without-help")


def _present(sample: Sample, shelf: Shelf, said: list[str]) -> Iterator[Problem]:
    missing = {
        "reason": ("it does not say why we are in touch", "opening-without-why"),
        "next_step": ("it does not say what to do next", "opening-without-step"),
    }
    for block, (what, code) in missing.items():
        if block not in said:
            hint = f"Say it in the block {block}."
            yield not_said(shelf, sample.name, block, what, hint, code)


def _in_order(sample: Sample, shelf: Shelf, said: list[str]) -> Iterator[Problem]:
    order = ["identity", "reason", "next_step"]
    wanted = [block for block in order if block in said]
    if said[: len(wanted)] == wanted:
        return
    late = next(block for block, found in zip(wanted, said, strict=False) if block != found)
    what = f"the opening comes to {late} too late: {said[wanted.index(late)]} is said before it"
    hint = "Begin with identity, then reason, then next_step."
    yield at_block(shelf, sample.name, late, what, hint, "opening-out-of-order")
