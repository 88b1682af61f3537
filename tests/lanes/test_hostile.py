"""Files that are broken, huge, or meant to harm: one clear line each, at once, nothing crashes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from laneflow.errors import LaneflowError, Problem
from laneflow.lanes.load import load_practice
from laneflow.lanes.yaml import MOST_DEPTH, read
from laneflow.proofs.check import check_practice
from lanes import fixture


def only_problem(content: bytes) -> Problem:
    with pytest.raises(LaneflowError) as caught:
        read(content, "lanes/x.yaml")
    (problem,) = caught.value.problems
    assert "\n" not in str(problem)
    return problem


ALIAS_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n".encode()
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)

BROKEN = {
    "nested brackets": (b"a: " + b"[" * 100_000, "lists and maps are nested more than 40 deep"),
    "nested maps": (b"{a: " * 100_000, "lists and maps are nested more than 40 deep"),
    "nested dashes": (b"- " * 100_000, "lists and maps are nested more than 40 deep"),
    "nested question marks": (b"? " * 100_000, "this stands where a name is expected"),
    "nested indents": (
        b"".join(b" " * n + b"a:\n" for n in range(1_000)),
        "lists and maps are nested more than 40 deep",
    ),
    "alias bomb": (ALIAS_BOMB, '"&a" is an anchor'),
    "too many entries": (b"[" + b"1," * 400_000 + b"1]", "the file has more than 50,000 entries"),
    "50 MB": (b"#" * 50_000_000, "the file is 50.0 MB"),
    "NUL byte": (b"title: a\0b\n", "there is a NUL byte here"),
    "control character": (b"title: a\x1bb\n", "an invisible character (U+001B)"),
    "Latin-1": (b"title: caf\xe9\n", "the byte 0xe9 is not UTF-8 text"),
    "cut UTF-8": (b"title: caf\xc3", "the byte 0xc3 is not UTF-8 text"),
    "UTF-16": ("title: x\n".encode("utf-16"), "this is text in UTF-16"),
    "UTF-16 without its mark": ("title: x\n".encode("utf-16-le"), "this is text in UTF-16"),
    "web page": (b"\n<!DOCTYPE html><html>", "this is a web page or XML, not text"),
    "Word document": (b"PK\x03\x04" + os.urandom(99), "this is a Word, Excel or zip file"),
    "old Word document": (b"\xd0\xcf\x11\xe0" + os.urandom(99), "this is an old Word"),
    "PDF": (b"%PDF-1.7\n", "this is a PDF file"),
    "rich text": (b"{\\rtf1\\ansi}", "this is a rich-text file"),
    "tab": (b"owner:\n\trole: nurse\n", "the line is indented with a tab"),
    "no-break space": ("owner:\n\u00a0\u00a0role: nurse\n".encode(), "indented with a special"),
    "python object": (b"a: !!python/object/apply:os.system [x]\n", "is a tag"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_clear_line_and_quick(name: str) -> None:
    content, what = BROKEN[name]
    started = time.process_time()
    problem = only_problem(content)
    assert what in str(problem)
    # Generous: what is guarded against takes minutes, or never ends.
    assert time.process_time() - started < 2


def test_positions_are_exact_behind_a_mark_and_windows_line_ends() -> None:
    problem = only_problem(b"\xef\xbb\xbftitle: x\r\npurpose: caf\xe9\r\n")
    assert (problem.line, problem.column) == (2, 13)


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    document = read(b"\xef\xbb\xbftitle: One\r\nowner:\r\n  role: nurse\r\n", "x.yaml")
    assert document.data == {"title": "One", "owner": {"role": "nurse"}}
    assert document.place(("owner", "role")) == (3, 3)


def test_old_macintosh_line_ends_are_fine() -> None:
    assert read(b"title: One\rpurpose: Two\r", "x.yaml").data == {"title": "One", "purpose": "Two"}


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"]
)
def test_an_empty_file_says_so(content: bytes) -> None:
    from laneflow.lanes.load import load_lane

    lane, (problem,) = load_lane(content, "lanes/x.yaml", fixture.practice())
    assert lane is None
    assert "the file is empty" in str(problem)


def test_depth_up_to_the_cap_is_read() -> None:
    depth = MOST_DEPTH - 1
    document = read(b"a: " + b"[" * depth + b"]" * depth, "x.yaml")
    assert len(document.places) == depth + 1


def test_brackets_in_sentences_do_not_count_as_depth() -> None:
    text = "\n".join(f"k{n}: 'a [ b'" for n in range(1_500))
    assert len(read(text.encode(), "x.yaml").data) == 1_500


class TestFolder:
    """A practice folder in which something is broken."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "lanes").mkdir()
        (tmp_path / "scripts" / "base").mkdir(parents=True)
        (tmp_path / "scripts" / "base" / "call.phone.j2").write_text("Hello")
        (tmp_path / "practice.yaml").write_text((fixture.HERE / "practice.yaml").read_text())
        (tmp_path / "lanes" / "fine.yaml").write_text((fixture.HERE / "base.yaml").read_text())
        return tmp_path

    def test_is_in_order_to_begin_with(self, folder: Path) -> None:
        loaded, problems = load_practice(folder)
        assert loaded is not None
        assert (list(loaded.lanes), problems) == (["fine"], [])

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
    def test_a_folder_nobody_may_read_is_said_to_be_one(self, folder: Path) -> None:
        (folder / "lanes").chmod(0)
        try:
            checked = check_practice(folder)
        finally:
            (folder / "lanes").chmod(0o755)
        told = "lanes: the folder cannot be read: permission denied. Look at who may read it."
        assert told in [str(problem) for problem in checked.problems]

    def test_a_broken_lane_never_stops_the_others(self, folder: Path) -> None:
        (folder / "lanes" / "torn.yaml").write_bytes(b"title: \xff\n")
        (folder / "lanes" / "deep.yaml").write_bytes(b"[" * 100_000)
        with (folder / "lanes" / "huge.yaml").open("wb") as huge:
            huge.truncate(50_000_000)
        (folder / "lanes" / "empty.yaml").write_bytes(b"")
        (folder / "lanes" / "circle.yaml").write_text(
            fixture.complete(
                (fixture.HERE / "bad" / "sense_circle.yaml").read_text(),
                (fixture.HERE / "base.yaml").read_text(),
            )
        )
        loaded, problems = load_practice(folder)
        assert loaded is not None
        assert list(loaded.lanes) == ["fine"]
        files = [problem.file for problem in problems]
        assert files == [f"lanes/{n}.yaml" for n in ("circle", "deep", "empty", "huge", "torn")]

    def test_everything_is_told_at_once_even_when_practice_yaml_is_broken(
        self, folder: Path
    ) -> None:
        text = (folder / "practice.yaml").read_text().replace("New_York", "New_Yorck")
        (folder / "practice.yaml").write_text(text)
        (folder / "lanes" / "odd.yaml").write_text("title: 42\n")
        loaded, problems = load_practice(folder)
        assert loaded is None
        assert {problem.file for problem in problems} == {"practice.yaml", "lanes/odd.yaml"}
        (zone,) = [p for p in problems if p.file == "practice.yaml"]
        assert str(zone) == (
            'practice.yaml:4:12 time_zone: there is no time zone "America/New_Yorck". '
            'Did you mean "America/New_York"?'
        )

    def test_what_is_not_a_practice(self, tmp_path: Path) -> None:
        loaded, problems = load_practice(tmp_path / "nowhere")
        assert loaded is None
        assert "practice.yaml: there is no such file" in "\n".join(map(str, problems))

    def test_a_pipe_a_folder_and_a_dangling_link_are_not_waited_for(self, folder: Path) -> None:
        os.mkfifo(folder / "lanes" / "pipe.yaml")
        (folder / "lanes" / "folder.yaml").mkdir()
        (folder / "lanes" / "link.yaml").symlink_to("gone.yaml")
        (folder / "lanes" / "loop.yaml").symlink_to("loop.yaml")
        loaded, problems = load_practice(folder)
        assert loaded is not None
        assert {p.file: p.what for p in problems} == {
            "lanes/folder.yaml": "this is a folder, not a file",
            "lanes/link.yaml": "this is a link that leads to no file",
            "lanes/loop.yaml": "this is a link that leads to no file",
            "lanes/pipe.yaml": "this is not an ordinary file",
        }

    def test_a_lane_with_another_ending_is_not_silently_left_out(self, folder: Path) -> None:
        (folder / "lanes" / "fine.yaml").rename(folder / "lanes" / "fine.yml")
        _, problems = load_practice(folder)
        assert [str(p) for p in problems] == [
            "lanes/fine.yml: a lane's file ends in .yaml. Rename it to fine.yaml."
        ]

    def test_a_file_name_that_cannot_be_a_lane(self, folder: Path) -> None:
        (folder / "lanes" / "fine.yaml").rename(folder / "lanes" / "Fine Lane.yaml")
        _, (problem,) = load_practice(folder)
        assert 'a lane cannot be called "Fine Lane"' in str(problem)

    def test_no_lanes_is_only_a_warning(self, folder: Path) -> None:
        (folder / "lanes" / "fine.yaml").unlink()
        loaded, problems = load_practice(folder)
        assert loaded is not None
        assert [p.severity for p in problems] == ["warning"]
