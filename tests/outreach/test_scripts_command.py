"""``laneflow scripts``: the shipped ones pass; samples of every branch; the gallery; bad input."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from laneflow.cli.common.session import Session
from laneflow.cli.scripts import command
from laneflow.errors import LaneflowError
from laneflow.lanes.load import load_practice
from laneflow.outreach.check import check_scripts
from laneflow.outreach.context import facts_for
from laneflow.outreach.environment import Facts, environment
from laneflow.outreach.lint.linting import Linted, lint_scripts
from laneflow.outreach.lint.names import scripts_used
from laneflow.outreach.lint.reading import shelf
from laneflow.outreach.lint.samples import Sampler
from laneflow.outreach.prompt import prompt_for
from laneflow.practice.model import LoadedPractice
from outreach.cast import NOW, PATIENT, ROOT, SCRIPTS, a_case, a_practice, a_task


@pytest.fixture(scope="module")
def starter() -> LoadedPractice:
    loaded, problems = load_practice(ROOT)
    assert loaded is not None, problems
    return loaded


@pytest.fixture(scope="module")
def linted(starter: LoadedPractice) -> Linted:
    return lint_scripts(starter)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The starter practice, to be changed."""
    shutil.copy(ROOT / "practice.yaml", tmp_path)
    for name in ("lanes", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def run(*args: str, folder: Path = ROOT) -> Result:
    session = Session(folder, None)
    return CliRunner().invoke(command, args, obj=session, standalone_mode=False)


def test_the_shipped_scripts_pass_with_neither_problem_nor_warning(linted: Linted) -> None:
    assert [str(problem) for problem in linted.problems] == []
    said = [path for path in SCRIPTS.rglob("*.j2") if path.parent.name != "_base"]
    assert len(linted.sampled) == len(said)
    assert all(sampled.samples for sampled in linted.sampled)


def test_a_sample_is_what_the_coordinator_is_shown(linted: Linted) -> None:
    """Marks and notes of ways taken change no word: the same facts give the prompt's own text."""
    practice, env = a_practice(), environment(str(ROOT))
    sampler = Sampler(practice, shelf(str(ROOT), env))
    zone = ZoneInfo(practice.practice.time_zone)
    for name in ("noshow/recover", "recall/invite", "telehealth/readiness"):
        for channel in ("phone", "portal", "sms"):
            task = a_task(name, channel)
            prompt = prompt_for(practice, a_case(), PATIENT, task, NOW)
            facts = facts_for(practice, a_case(), PATIENT, task, NOW)
            facts["channel"] = channel
            file = f"{name}.{channel}.j2"
            sampler._facts = lambda *_, facts=facts: Facts("", [*facts.items(), ("(zone)", zone)])
            sample = sampler.render(file, {})
            assert sample.text.split() == prompt.text.split()
            assert sample.voicemail == prompt.voicemail


def test_every_branch_of_a_script_has_its_sample() -> None:
    shown = run("render", "recall/invite", "--branches").output
    for words in ("mammogram", "colon check", "Pap test", "yearly wellness visit", "bone scan"):
        assert words in shown
    assert "-- 1 of 5: kind is mammogram" in shown


def test_a_branch_needs_facts_that_go_together(tmp_path: Path) -> None:
    """Found though each of the facts alone leads nowhere, through a macro and an included piece."""
    source = (
        "{% macro m(why, who) %}{% if why == 'pain' %}{% if who == 'Dr. X' %}both{% endif %}"
        "{% endif %}{% endmacro %}{{ m(visit.reason, appointment.provider) }}"
        "{% include 'piece.j2' %}"
    )
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "call.phone.j2").write_text(source)
    (tmp_path / "scripts" / "piece.j2").write_text(
        "{% for i in checklist.missing %}{% if loop.index == 3 %}third{% endif %}{% endfor %}"
    )
    loaded = a_practice(tmp_path)
    sampler = Sampler(loaded, shelf(str(tmp_path), environment(str(tmp_path))))
    said = " ".join(sample.text for sample in sampler.sample("call.phone.j2").samples)
    assert "both" in said
    assert "third" in said


def test_one_rendering_with_what_is_supposed() -> None:
    shown = run("render", "noshow/recover", "--language", "es", "--set", "kind=critical",
                "--set", "opening.appointment.start=2026-10-05T09:00", "--json").output  # fmt: skip
    row = json.loads(shown)
    assert (row["locale"], row["channel"]) == ("es", "phone")
    assert "el lunes 5 de octubre" in row["text"]
    assert "importante para su salud" in row["text"]
    unknown = run("render", "noshow/recover", "--set", "opening.appointment.start=unknown").output
    assert "because we missed you." in unknown


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["render", "noshow/recovr"],
         'scripts: there is no script "noshow/recovr". Did you mean "noshow/recover"?'),
        (["render", "noshow/recover", "--channel", "fax"],
         'scripts: script "noshow/recover" is not written for fax. Written: '),
        (["render", "noshow/recover", "--language", "fr"],
         'scripts: script "noshow/recover" is not written for phone in fr. Written: '),
        (["render", "noshow/recover", "--set", "knid=critical"],
         'knid: there is no fact "knid". Did you mean "kind"?'),
        (["render", "noshow/recover", "--set", "opening.appointment.start=soon"],
         'opening.appointment.start: "soon" is not a time such as 2026-09-10T15:30. Or write'),
        (["render", "noshow/recover", "--set", "kind"], "--set kind: write FACT=VALUE"),
        (["render", "noshow/recover", "--case", "c1", "--branches"], "leave out --set and"),
        (["check", "nothing/like-it"], 'scripts: there is no script "nothing/like-it".'),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(args: list[str], said: str) -> None:
    result = run(*args)
    assert result.exception is not None
    assert said in str(getattr(result.exception, "message", result.exception))


def test_a_broken_script_is_told_and_the_rest_goes_on(copy: Path) -> None:
    (copy / "scripts" / "noshow" / "recover.sms.j2").write_text("{% if %}")
    result = run("check", "noshow/recover", folder=copy)
    assert result.return_value == 1
    assert "scripts/noshow/recover.sms.j2:1:1: " in result.output
    assert "8 scripts, " in result.output
    with pytest.raises(LaneflowError, match=r"recover\.sms\.j2:1:1"):
        raise run("render", "noshow/recover.sms.j2", folder=copy).exception  # type: ignore[misc]


def test_only_the_named_scripts_are_told(copy: Path) -> None:
    (copy / "scripts" / "noshow" / "nurse-call.sms.j2").write_text("{{ kind }}")
    result = run("check", "noshow/recover", folder=copy)
    assert (result.return_value, "nurse-call" in result.output) == (0, False)
    result = run("check", "noshow/nurse-call", "--json", folder=copy)
    found: list[dict[str, Any]] = json.loads(result.output)
    assert "private-detail" in {row["code"] for row in found}


def test_warnings_fail_only_when_asked(copy: Path) -> None:
    letter = copy / "scripts" / "noshow" / "recover.portal.j2"
    letter.write_text(
        letter.read_text().replace(
            "We would like to find", "Now we would very much like to look for and find"
        )
    )
    assert run("check", "noshow/recover", folder=copy).return_value == 0
    assert run("check", "noshow/recover", "--strict", folder=copy).return_value == 1


class Page(HTMLParser):
    """What a page refers to, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.refers: list[str] = []
        self.ids: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src"):
                self.refers.append(value or "")
            elif name == "id":
                self.ids.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_gallery_is_one_page_by_itself(copy: Path, tmp_path: Path) -> None:
    (copy / "scripts" / "noshow" / "recover.sms.j2").write_text("<b>{{ kind }}</b>")
    result = run("preview", "noshow/recover", "--html", str(tmp_path / "out"), folder=copy)
    page = (tmp_path / "out" / "scripts.html").read_text(encoding="utf-8")
    assert "8 scripts" in result.output
    read = Page(page)
    assert not read.open
    assert all(link[0] == "#" and link[1:] in read.ids for link in read.refers)
    assert not re.search(r"https?:|url\(|<script|@import", page)
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "noshow/recover, phone, Spanish" in page
    assert "is said in a text message" in page
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["scripts.html"]


GALLERY = """\
== noshow/recover, sms, English (1 segment)

-- 1 of 1: whatever the case
Hi Christopher, this is Maple Street Family Medicine. Let us find a good time. \
Please call us at 555-0100. Reply STOP to opt out.

== noshow/recover, sms, Spanish (up to 2 segments)

-- 1 of 1: whatever the case
Hola María Fernanda, somos Maple Street Family Medicine. Busquemos una hora. \
Por favor llame al 555-0100. STOP para no recibir más.
"""


def test_the_gallery_as_text_word_for_word() -> None:
    shown = run("preview", "noshow/recover.sms.j2", "noshow/recover.sms.es.j2").output
    assert shown.strip() == GALLERY.strip()


def test_a_practice_without_scripts(copy: Path) -> None:
    shutil.rmtree(copy / "scripts")
    with pytest.raises(LaneflowError, match='there is no script "discharge/first-call"'):
        raise run("check", folder=copy).exception  # type: ignore[misc]


def test_a_lane_that_cannot_be_read_makes_no_script_wrong(copy: Path) -> None:
    (copy / "scripts" / "noshow" / "more.phone.j2").write_text("{{ ride.colour }}")
    (copy / "lanes" / "missed-appointment-recovery.yaml").write_text("title: [\n")
    result = run("check", folder=copy)
    for wrongly in ("no lane uses this script", "unknown fact", "no case leads to these words"):
        assert wrongly not in result.output
    assert "was not looked at: not every lane could be read" in result.output


def test_odd_files(copy: Path) -> None:
    odd = copy / "scripts" / "noshow"
    (odd / "recover.phone.j2").write_bytes(b"\xff\xfe\x00")
    (odd / "recover.letter.j2").write_bytes(b"\xef\xbb\xbfHi\r\n{{ patient.first_name }}\r\n")
    (odd / "recover.phon.j2").write_text("Hi")
    said = run("check", "noshow/recover", folder=copy).output
    assert "recover.phone.j2:1:1: not valid UTF-8. Save it as UTF-8." in said
    assert "recover.letter.j2: it does not say why we are in touch." in said
    odd_name = [str(p) for p in check_scripts(a_practice(copy)) if ".phon." in p.file]
    assert odd_name == [
        "scripts/noshow/recover.phon.j2: warning: no lane uses this script. "
        'Its name must end in a channel. Did you mean "phone"?'
    ]


def test_scripts_used_names_the_lanes(starter: LoadedPractice) -> None:
    used = scripts_used(starter)
    assert used["discharge/first-call"] == ("discharge-outreach",)
    assert set(used) == {
        f"{path.parent.name}/{path.name.split('.')[0]}" for path in SCRIPTS.glob("[!_]*/*.j2")
    }


def test_made_up_facts_have_the_names_real_ones_have(starter: LoadedPractice) -> None:
    """Whatever ``facts_for`` gives a script, a sample has, too."""
    lane = starter.lanes["missed-appointment-recovery"]
    task = a_task("noshow/recover")
    case = a_case(lane=lane.id, kind="critical", last_outcome="reached")
    real = names(facts_for(starter, case, PATIENT, task, NOW))
    made = Sampler(starter, shelf(str(ROOT), environment(str(ROOT))))
    ours = names(made._make_up("noshow/recover", "phone", "en"))
    unsaid = {"state", "last_outcome", "case.last_outcome"}  # of the store; nothing has happened
    theirs = {f"opening.{name}" for name in case.opening} | set(case.opening) | {"windows.visit"}
    assert real - ours - unsaid - theirs == set()


def names(facts: Facts, before: str = "") -> set[str]:
    """Every dotted name in a tree of facts."""
    found = set()
    for name, value in facts.items():
        inner = names(value, f"{before}{name}.") if isinstance(value, Facts) else set[str]()
        found |= inner or {f"{before}{name}"}
    return found
