"""Files, folders and streams: what is read, in what order, and that nothing bad stops the rest."""

from __future__ import annotations

import gzip
import json
import sys
import tracemalloc
from io import BytesIO, TextIOWrapper

import msgspec
import pytest

from laneflow.engine.state import Event
from laneflow.errors import LaneflowError
from laneflow.intake import Bad, Summary, read
from laneflow.intake.sources import LONGEST_LINE

VISIT = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "class": {"code": "AMB"},
    "subject": {"reference": "Patient/p7"},
    "period": {"end": "2026-03-02T10:00:00-05:00"},
}


def line(number: int) -> bytes:
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"evt-{number}",
            "source": "ehr",
            "type": "patient.called",
            "time": "2026-03-02T09:15:00Z",
            "subject": f"p{number}",
        }
    )


def ids(items):
    return [item.id if isinstance(item, Event) else item.reason for item in items]


HOSTILE = {
    "not JSON": b"{oops}",
    "a bare word": b"hello",
    "an array of numbers": b"[1, 2]",
    "a number": b"5",
    "invalid UTF-8": b'{"specversion":"1.0","id":"\xff\xfe"}',
    "NUL bytes": b"\x00\x00\x00",
    "100,000 brackets": b"[" * 100_000,
    "100,000 closed brackets": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"data":' * 50_000,
    "deep FHIR": b'{"resourceType":"Encounter","x":' + b"[" * 90_000,
    "half a surrogate": b'{"specversion":"1.0","id":"\\ud800"}',
    "an empty object": b"{}",
    "a FHIR resource cut short": b'{"resourceType":"Encounter","id":"e',
    "resourceType that is not text": b'{"resourceType":7}',
    "a huge number": b'{"specversion":"1.0","id":1e999}',
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_bad_line_is_named_and_the_others_go_in(tmp_path, hostile):
    file = tmp_path / "feed.jsonl"
    file.write_bytes(b"\n".join([line(1), hostile, line(2), b""]))
    first, bad, last = read(file)
    assert ids([first, last]) == ["evt-1", "evt-2"]
    assert isinstance(bad, Bad)
    assert (bad.file, bad.line) == (str(file), 2)
    assert bad.reason
    assert bad.hint
    assert "\n" not in f"{bad.reason}{bad.hint}"
    assert "\x00" not in bad.raw
    assert len(bad.digest) == 64


def test_a_line_over_the_limit_is_skipped_in_bounded_memory(tmp_path):
    file = tmp_path / "feed.jsonl"
    with file.open("wb") as stream:
        stream.write(line(1) + b"\n")
        for _ in range(60):
            stream.write(b'{"x":"' + b"y" * 1_000_000)
        stream.write(b"\n" + line(2))
    tracemalloc.start()
    found = list(read(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ids(found) == ["evt-1", "the line is longer than 5 MB", "evt-2"]
    assert peak < 4 * LONGEST_LINE


def test_a_long_file_is_never_held(tmp_path):
    file = tmp_path / "feed.ndjson.gz"
    with gzip.open(file, "wb", compresslevel=1) as stream:
        for number in range(0, 30_000, 100):
            stream.write(b"\n".join(line(n) for n in range(number, number + 100)) + b"\n")
    tracemalloc.start()
    count = sum(1 for _ in read(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 30_000
    assert peak < 2_000_000


def test_content_decides_what_a_record_is(tmp_path):
    """CloudEvents and FHIR may share a file; an event may quote FHIR in its data."""
    quoting = json.loads(line(3)) | {"data": {"resourcetype": "Encounter"}}
    quoted = json.dumps(quoting).replace('"resourcetype"', '"resourceType"').encode()
    file = tmp_path / "mixed.ndjson"
    file.write_bytes(b"\n".join([line(1), msgspec.json.encode(VISIT), quoted, line(2)]))
    one, visit, bad, two = read(file)
    assert ids([one, two]) == ["evt-1", "evt-2"]
    assert (visit.type, visit.patient, visit.source) == ("visit.completed", "p7", "fhir:r4")
    assert bad.reason == "data has a fact whose name is not one"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.json", line(1)),
        ("spread.json", json.dumps(json.loads(line(1)), indent=2).encode()),
        ("array.json", b"[" + line(1) + b"]"),
        ("lines.json", line(1) + b"\r\n\r\n"),
        ("marked.jsonl", b"\xef\xbb\xbf" + line(1)),
        ("zipped.json.gz", gzip.compress(line(1))),
        ("zipped-unnamed.jsonl", gzip.compress(line(1))),
        ("feed.txt", line(1)),
        ("spread.txt", json.dumps(json.loads(line(1)), indent=2).encode()),
        ("resource.json", json.dumps({"resourceType": "Bundle", "entry": []}).encode()),
        ("empty.json", b""),
        ("empty.jsonl", b""),
        ("blank.txt", b"\n \n"),
    ],
)
def test_a_file_holds_lines_or_one_document(tmp_path, name, content):
    file = tmp_path / name
    file.write_bytes(content)
    expected = {"resource.json": [], "empty.jsonl": [], "blank.txt": []}
    if name == "empty.json":
        (bad,) = read(file)
        assert bad.reason.startswith("it is not valid JSON")
    else:
        assert ids(read(file)) == expected.get(name, ["evt-1"])


def test_a_bad_element_of_a_document_has_its_own_line(tmp_path):
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"resource": VISIT},
            {"resource": VISIT | {"id": "e2", "subject": {"display": "Somebody"}}},
            {"resource": VISIT | {"id": "e3"}},
        ],
    }
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle, indent=1))
    first, bad, last = read(file)
    assert (first.data["encounter.id"], last.data["encounter.id"]) == ("e1", "e3")
    assert bad.reason == "which patient this Encounter is about cannot be told"
    written = file.read_text().splitlines()
    assert '"id": "e2"' in "".join(written[bad.line - 1 : bad.line + 4])
    assert "Somebody" not in str(bad)


def test_a_folder_is_read_in_order_and_says_what_it_passed_by(tmp_path):
    for place, number in (("b/2.jsonl", 2), ("a.json", 1), ("c.ndjson.gz", 3), (".hidden.json", 9)):
        file = tmp_path / place
        file.parent.mkdir(exist_ok=True)
        raw = line(number)
        file.write_bytes(gzip.compress(raw) if place.endswith("gz") else raw)
    (tmp_path / "notes.txt").write_text("hello")
    summary = Summary()
    assert ids(read(tmp_path, summary=summary)) == ["evt-1", "evt-2", "evt-3"]
    assert summary.skipped_files == [str(tmp_path / "notes.txt")]
    assert (summary.files, summary.records, summary.bad) == (3, 3, 0)


def test_standard_input_is_a_file_like_any_other(monkeypatch):
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(line(1) + b"\n" + line(2))))
    assert ids(read("-")) == ["evt-1", "evt-2"]


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path):
    whole = gzip.compress(b"".join(line(n) + b"\n" for n in range(20_000)), compresslevel=1)
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b.jsonl").write_bytes(line(7))
    *before, bad, last = read(tmp_path)
    assert len(before) > 5_000
    assert bad.reason == "the file cannot be read (it is damaged)"
    assert last.id == "evt-7"


def test_a_path_that_is_not_there_is_the_callers_mistake(tmp_path):
    with pytest.raises(LaneflowError, match="there is no such file or folder"):
        list(read(tmp_path / "nowhere"))


def test_the_summary_counts_everything(taken):
    summary = Summary()
    taken(line(1), VISIT, {"resourceType": "Goal"}, b"oops", summary=summary)
    assert summary.records == 4
    assert dict(summary.events) == {"patient.called": 1, "visit.completed": 1}
    assert dict(summary.not_relevant) == {"Goal": 1}
    assert summary.bad == 1


def test_the_same_bad_record_has_one_digest_wherever_it_lies(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"oops\n")
    (tmp_path / "b.jsonl").write_bytes(line(1) + b"\noops\nother\n")
    one, _, again, other = read(tmp_path)
    assert one.digest == again.digest != other.digest
