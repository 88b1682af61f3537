"""Hostile words in a real browser: nothing of them runs, loads or meets the policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from laneflow.work.app import App

from . import hostile
from .complaints import CHANGED, REFUSED, watched
from .hostile import ALL, IMAGE, MARK


def test_nothing_hostile_comes_alive(app: App, visit: Callable[..., Any], served: str) -> None:
    cases = {case.lane: case.id for case in hostile.fill(app)}
    page = visit("ana")
    happened = watched(page, REFUSED, CHANGED)
    page.on(
        "dialog", lambda dialog: (happened.append(f"dialog {dialog.message}"), dialog.dismiss())
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    case = cases["discharge-outreach"]
    for where in ("/?whose=all", f"/cases/{case}", f"/cases/{case}/why", f"/cases/{case}/together",
                  "/escalations?all=1", "/unplaced", "/cases"):  # fmt: skip
        page.goto(where)
        assert MARK in page.content(), where
        assert page.evaluate("() => !document.querySelector('main script, main iframe, [onerror]')")
    page.goto("/inbound")
    page.fill("input[name=who]", ALL)
    page.press("input[name=who]", "Enter")
    page.wait_for_load_state("networkidle")
    page.goto(f"/cases/{case}")
    page.fill("#note textarea[name=told]", IMAGE)
    page.click("#note button.primary")
    page.wait_for_load_state("networkidle")
    assert not happened
    assert all(url.startswith(served) for url in asked if not url.startswith("data:"))
