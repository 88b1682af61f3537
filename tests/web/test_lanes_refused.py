"""What the editing pages refuse: other files, ways out of the folder, hostile and huge texts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from laneflow.work import drafts
from laneflow.work.app import App

from .case_scenes import discharges

Client = Callable[..., Any]

ELSEWHERE = [
    "../secret.yaml", "lanes/../../secret.yaml", "scripts/../../secret.j2", "/etc/passwd",
    "lanes/tests/discharge-outreach.yaml", ".laneflow/laneflow.sqlite3", "lanes/.hidden.yaml",
    "scripts/a.py", "lanes/x.yaml/../../practice.yaml", "lanes/a\nb.yaml", "lanes/<b>.yaml", "",
    "scripts/" + "a/" * 200 + "x.phone.j2",
]  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_other_file_is_read_or_written(app: App, client: Client, name: str) -> None:
    secret = app.folder.parent / "secret.yaml"
    secret.write_text("secret: yes\n")
    (app.folder.parent / "secret.j2").write_text("secret")
    before = sorted(path for path in app.folder.parent.rglob("*") if path.suffix != ".sqlite3")
    lee = client("lee")
    for address in ("/edit/check", "/edit/words", "/edit/discard"):
        answer = lee.post(address, {"file": name, "text": "title: x", "seen": ""})
        assert answer.status_code == 404
    for address in (f"/edit/script/{name}", f"/edit/lane/{name}", f"/edit/file/{name}"):
        assert lee.get(address).status_code in (301, 302, 404)
        assert lee.post(address, {"text": "x", "seen": "", "do": "save"}).status_code in (404, 405)
    after = sorted(path for path in app.folder.parent.rglob("*") if path.suffix != ".sqlite3")
    assert [p for p in after if ".sqlite3" not in p.name] == [
        p for p in before if ".sqlite3" not in p.name
    ]


def test_links_out_of_the_folder_are_not_followed(app: App, client: Client, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("title: top secret\n")
    (app.folder / "lanes" / "linked.yaml").symlink_to(tmp_path / "secret")
    (app.folder / "scripts" / "out").symlink_to(tmp_path)
    (app.folder / "lanes" / "data.yaml").symlink_to(app.folder / ".laneflow" / "laneflow.sqlite3")
    lee = client("lee")
    for address in ("/edit/lane/linked", "/edit/script/out/secret.phone.j2", "/edit/lane/data"):
        answer = lee.get(address)
        assert answer.status_code == 400
        assert "top secret" not in answer.content.decode()
        lee.post(address, {"text": "mine", "seen": "", "do": "save"})
    assert (tmp_path / "secret").read_text() == "title: top secret\n"
    assert not (tmp_path / "secret.phone.j2").exists()


def test_a_huge_text_is_refused(app: App, client: Client) -> None:
    name = "lanes/discharge-outreach.yaml"
    draft = drafts.opened(app.folder, name)
    lee = client("lee")
    form = {"file": name, "seen": draft.digest, "text": "# x\n" * 60_000, "do": "save"}
    answer = lee.post("/edit/lane/discharge-outreach", form)
    assert answer.status_code == 422
    assert "too long" in answer.content.decode()
    told = lee.post("/edit/check", form).json()
    assert "too long" in told["marks"][0]["text"]
    assert lee.post("/edit/words", form | {"line": "1", "column": "1"}).status_code == 404
    assert drafts.opened(app.folder, name) == draft


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a: &a [x]\nb: [*a, *a]\n",
        "title: x\nstatuses: {" + ", ".join(f"s{n}: {{queue: new}}" for n in range(3000)) + "}",
        "\x01\x02",
        "- " * 5_000,
    ],
    ids=["brackets", "aliases", "statuses", "controls", "dashes"],
)
def test_a_hostile_lane_is_checked_in_time(client: Client, text: str) -> None:
    began = time.process_time()
    lee = client("lee")
    form = {"file": "lanes/discharge-outreach.yaml", "text": text, "line": "1", "column": "5"}
    told = lee.post("/edit/check", form)
    assert told.status_code == 200
    assert told.json()["marks"]
    assert lee.post("/edit/words", form).status_code == 200
    assert time.process_time() - began < 20


ROUND = "{% for a in range(90) %}{{ a }}{% endfor %}"
HOSTILE = {
    "reads a file": "{% include '/etc/passwd' %}",
    "leaves the folder": "{% include '../practice.yaml' %}",
    "asks for a class": "{{ ''.__class__.__mro__ }}",
    "asks the macro": "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "goes round": "{% for a in range(999) %}{% for b in range(999) %}a{% endfor %}{% endfor %}",
    "grows": "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x ~ x ~ x %}" * 30 + "{{ x }}",
    "powers": "{{ 9 ** 9 ** 9 ** 9 }}",
    "many ways": "".join(f"{{% if patient.age > {n} %}}{ROUND}{{% endif %}}" for n in range(40)),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_script_reads_nothing_and_ends(app: App, client: Client, which: str) -> None:
    discharges(app, 1)
    case = next(iter(app.store.cases()))
    began = time.thread_time()
    base, end = '{% extends "_base/phone.j2" %}{% block reason %}', "{% endblock %}"
    form = {"file": "scripts/discharge/first-call.phone.j2", "text": base + HOSTILE[which] + end}
    lee = client("lee")
    for more in ({}, {"case": case.id}):
        answer = lee.post("/lanes/preview/discharge/first-call", form | more)
        assert answer.status_code in (200, 422)
        page = answer.content.decode()
        assert "root:" not in page
        assert "Maple Street\n" not in page
        assert "&lt;class" not in page
    assert lee.post("/edit/check", form).status_code == 200
    assert time.thread_time() - began < 20


def test_a_case_out_of_sight_is_not_said(app: App, client: Client) -> None:
    discharges(app, 1, "riverside")
    case = next(iter(app.store.cases()))
    form = {"channel": "phone", "language": "en", "case": case.id}
    lee = client("lee")  # Maple Street's
    page = lee.post("/lanes/preview/discharge/first-call", form)
    assert "Elena" not in page.content.decode()
    assert "a location you do not work for" in page.content.decode()
    seen = [row for row in app.store.audited() if row["what"] == "view"]
    assert not [row for row in seen if row["by"] == "lee"]
