"""What there is to press on a page: its links, and its forms as somebody may send them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

TYPED = (
    "", "Reached her; she comes on Friday", "left voicemail", "Carmen", "nurse", "main", "5", "-1",
    "1e400", "99999999999999999999", "\N{ARABIC-INDIC DIGIT THREE}", "2026-09-15", "2026-02-30",
    "2026-09-15T10:00", "9999-12-31", "10:30", "25:61", "x" * 5_000, "a\x00b", "\u202egnp",
    "{{ 7*7 }}", "<script>alert(1)</script>", "'; DROP TABLE x;--", "../../etc/passwd", "\n",
)  # fmt: skip
"""What people type, and what else may be put into a field."""

SENT = {"specversion": "1.0", "id": "m-1", "source": "/ehr", "type": "patient.called",
        "subject": "carmen-duarte", "time": "2026-09-14T09:00:00-04:00", "data": {}}  # fmt: skip
FILES = (b"", b"{}", b"[]\n", b"\xff\xfe\x00", json.dumps(SENT).encode())


@dataclass
class Field:
    """A field of a form, and what it held when it was shown."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)

    def filled(self, chance: Random) -> Any:
        """What somebody puts into it, mostly what fits; None where it is left out."""
        if self.kind == "hidden":
            return self.value if chance.random() < 0.96 else chance.choice(TYPED)
        if self.kind in ("checkbox", "radio"):
            return self.value or "on" if chance.random() < 0.5 else None
        if self.kind == "file":
            return SimpleUploadedFile("feed.jsonl", chance.choice(FILES))
        if self.options and chance.random() < 0.95:
            return chance.choice(self.options)
        if self.kind.startswith("date") and chance.random() < 0.5:
            time = "T10:30" if self.kind == "datetime-local" else ""
            return f"2026-09-{chance.randrange(10, 31)}{time}"
        return self.value if chance.random() < 0.4 else chance.choice(TYPED)


@dataclass
class Form:
    """A form: where it goes, whether it is posted, its fields and the buttons with a name."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[Field] = field(default_factory=list)

    def filled(self, chance: Random) -> dict[str, list[Any]]:
        """One way of sending it."""
        sent: dict[str, list[Any]] = {}
        for each in self.fields:
            value = each.filled(chance)
            if value is not None:
                sent.setdefault(each.name, []).append(value)
        if self.buttons:
            pressed = chance.choice(self.buttons)
            sent[pressed.name] = [pressed.value]
        return sent


class Pressable(HTMLParser):
    """The links and forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._open: list[Field] = []
        self._told = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(has.get("href", ""))
        elif tag == "form":
            self._form = Form(has.get("action", ""), has.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "option" and self._open:
            self._open[-1].options.append(has.get("value", ""))
            self._told = "value" not in has  # then what it reads is its value
        elif self._form and has.get("name") and tag in ("input", "button", "select", "textarea"):
            made = Field(has["name"], has.get("type", tag), has.get("value", ""))
            (self._form.buttons if tag == "button" else self._form.fields).append(made)
            self._open = [made] if tag in ("select", "textarea") else []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._open = []
        elif tag == "option":
            self._told = False
        elif tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._told:
            self._open[-1].options[-1] += data
        elif self._open and self._open[-1].kind == "textarea":
            self._open[-1].value += data
