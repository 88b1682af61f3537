"""How somebody works a page: with the mouse, by keyboard alone, or with a finger on a phone."""

from __future__ import annotations

from typing import Any

WHERE = """e => {
  const focus = document.activeElement;
  if (focus === e) return ["here", 0];
  const group = e.type === "radio" && focus?.type === "radio";
  if (group && focus.name === e.name && focus.form === e.form) return ["ArrowDown", 1];
  const from = !focus || focus === document.body ? null : focus;
  const ahead = !from || from.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING;
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter(one => one.checkVisibility() && !one.disabled)
    .filter(one => !["radio", "hidden"].includes(one.type));
  const place = one => stops.findIndex(
    stop => stop === one || one.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING);
  const between = Math.abs((place(e) + stops.length) % stops.length - (from ? place(from) : 0));
  return [ahead ? "Tab" : "Shift+Tab", Math.max(1, between >> 1)];
}"""
"""The key that leads from the focus to an element, and how often it is safe to press it blindly."""

CHOSEN = "e => e.selectedOptions[0]?.label.trim() ?? ''"
OPTIONS = "e => [...e.options].map(o => o.label.trim())"


class Mouse:
    """Points and clicks; what is typed is typed."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, what: Any) -> None:
        """A button, a link, or what unfolds."""
        what.click()

    def write(self, field: Any, text: str) -> None:
        field.fill(text)

    def date(self, field: Any, text: str) -> None:
        """``text``: 2026-09-18T10:00."""
        field.fill(text)

    def choose(self, field: Any, option: str) -> None:
        """One of a select's options, by how it is called."""
        field.select_option(label=option)

    def tick(self, field: Any) -> None:
        """A radio button or a check box."""
        field.check()

    def open_task(self, row: Any) -> None:
        """The case of a row of the queue."""
        self.press(row.locator("a.open"))

    def open_note(self, row: Any, called: str) -> None:
        """Straight to the note of a row of the queue; ``called``: its button."""
        self.press(row.get_by_role("link", name=called, exact=True))


class Finger(Mouse):
    """Taps. Letters come from the phone's own keyboard, options from its own list."""

    def press(self, what: Any) -> None:
        what.tap()

    def tick(self, field: Any) -> None:
        if not field.is_checked():
            field.tap()


class Keys(Mouse):
    """Never points: Tab, Enter, Space, arrows, letters, and the queue's own keys."""

    def press(self, what: Any) -> None:
        self._go(what)
        self.page.keyboard.press("Enter")

    def write(self, field: Any, text: str) -> None:
        self._go(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def date(self, field: Any, text: str) -> None:
        """As American browsers ask for it: month, day, year; hour, minute, half of the day."""
        day, time = text.split("T")
        year, month, of_month = day.split("-")
        hour, minute = time.split(":")
        half = "PM" if int(hour) >= 12 else "AM"
        self._go(field)
        self.page.keyboard.type(f"{month}{of_month}{year}")
        self.page.keyboard.press("ArrowRight")
        self.page.keyboard.type(f"{(int(hour) + 11) % 12 + 1:02}{minute}{half}")
        assert field.input_value() == text

    def choose(self, field: Any, option: str) -> None:
        self._go(field)
        options = field.evaluate(OPTIONS)
        step = options.index(option) - options.index(field.evaluate(CHOSEN))
        for _ in range(abs(step)):
            self.page.keyboard.press("ArrowDown" if step > 0 else "ArrowUp")
        assert field.evaluate(CHOSEN) == option

    def tick(self, field: Any) -> None:
        self._go(field)
        if not field.is_checked():
            self.page.keyboard.press("Space")
        assert field.is_checked()

    def open_task(self, row: Any) -> None:
        self._step_to(row)
        self.page.keyboard.press("Enter")

    def open_note(self, row: Any, called: str) -> None:
        self._step_to(row)
        self.page.keyboard.press("n")

    def _go(self, what: Any, most: int = 60) -> None:
        """Tab, or back with Shift, until it has the focus; arrows among radio buttons."""
        what.wait_for()
        for _ in range(most):
            key, times = what.evaluate(WHERE)
            if key == "here":
                return
            for _ in range(times):
                self.page.keyboard.press(key)
        raise AssertionError(f"the keyboard does not come to {what}")

    def _step_to(self, row: Any, most: int = 50) -> None:
        """``j`` until the row has the focus."""
        link = row.locator("a.open")
        link.wait_for()
        for _ in range(most):
            if link.evaluate(WHERE)[0] == "here":
                return
            self.page.keyboard.press("j")
        raise AssertionError("j does not come to the row")
