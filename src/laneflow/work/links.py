"""Owns the addresses of pages that leave the house: in notices, digests and plans."""

from __future__ import annotations

import os

URL = "LANEFLOW_URL"

QUEUE, ESCALATIONS, UNPLACED = "/", "/escalations", "/unplaced"
"""Where the pages are that a notice may point to; a case's is by its number alone."""


def link(path: str) -> str:
    """A page's whole address; "" where LANEFLOW_URL does not say where the pages are."""
    base = os.environ.get(URL, "").strip().rstrip("/")
    return f"{base}{path}" if base else ""


def case_link(case: str) -> str:
    """The address of a case's page, "" likewise."""
    return link(f"/cases/{case}") if case else ""
