"""What a browser's console complains of while a page is used."""

from __future__ import annotations

from typing import Any

REFUSED = "status of 422"
"""A form that was refused, which browsers note as well."""
CHANGED = "status of 409"
"""A form whose case somebody else changed."""
REPLACED = (
    "htmx:sendAbort",  # a question that the next one replaced, or whose page was left
    "htmx:afterRequest",  # comes with it; what failed otherwise says htmx:sendError too
)


def watched(page: Any, *expected: str) -> list[str]:
    """The complaints of a page from now on: a broken content policy, a script that throws.

    ``expected``: words of what this test brings about itself.
    """
    told: list[str] = []

    def keep(text: str) -> None:
        if not any(word in text for word in (*REPLACED, *expected)):
            told.append(text)

    page.on("console", lambda said: keep(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: keep(str(error)))
    return told
