"""What reaches a real server raw: two requests in one, other hosts' names, files meant to burst."""

from __future__ import annotations

import gzip
import json
import socket
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import override_settings

from laneflow.work.app import App

from .test_health import EVENT, lines, sent

Client = Callable[..., Any]

LINE = "POST /account/login/ HTTP/1.1\r\nHost: localhost\r\n"
HIDDEN = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

SMUGGLED = {
    "two lengths": f"{LINE}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello",
    "length and chunks": f"{LINE}Content-Length: {5 + len(HIDDEN)}\r\n"
                         f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "chunks by another name": f"{LINE}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks twice": f"{LINE}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a space before the colon": f"{LINE}Content-Length : 5\r\n\r\nhello",
    "a length that is none": f"{LINE}Content-Length: +5\r\n\r\nhello",
    "a chunk that is none": f"{LINE}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "a folded header": f"{LINE}X: a\r\n Content-Length: 5\r\n\r\nhello",
    "a bare line feed": f"{LINE}X: a\nContent-Length: 5\r\n\r\nhello",
    "no HTTP": "HELLO\r\n\r\n",
}  # fmt: skip


def raw(address: str, request: bytes) -> bytes:
    """Everything a server says to some bytes, until it closes or is silent."""
    host, port = address.removeprefix("http://").split(":")
    said = b""
    with socket.create_connection((host, int(port)), timeout=10) as sending:
        sending.sendall(request)
        sending.shutdown(socket.SHUT_WR)
        while more := sending.recv(65_536):
            said += more
    return said


def test_one_request_is_never_two(served: str) -> None:
    for how, request in SMUGGLED.items():
        said = raw(served, request.encode())
        status = int(said.split()[1])
        assert 400 <= status < 502, (how, status)
        assert status != 500, how
        assert said.count(b"HTTP/1.") == 1 or b"200 OK" not in said, how
        assert b"Traceback" not in said, how


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:80",
             "localhost:80@evil", "", " ", "a" * 5_000, "localhost, evil.example", "[::1"],
)  # fmt: skip
def test_no_other_hosts_name_is_answered(client: Client, host: str) -> None:
    with override_settings(ALLOWED_HOSTS=["localhost"]):
        answer = client("", headers={"Host": host}).get("/account/login/")
        post = client("ana", headers={"Host": host}).post("/theme", {"next": f"//{host}/"})
    assert answer.status_code == post.status_code == 400
    assert b"evil" not in answer.content
    assert "Location" not in answer


def test_a_forwarded_name_is_not_believed(client: Client) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
               "X-Original-URL": "/health", "X-Rewrite-URL": "/health",
               "X-HTTP-Method-Override": "DELETE"}  # fmt: skip
    answer = client("", headers=headers).get("/")
    assert answer["Location"] == "/account/login/"
    page = client("", headers=headers).get("/account/login/").content
    assert b"evil" not in page


def _zip() -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../etc/cron.d/x", b"0" * 3_000_000)
    return kept.getvalue()


NUL = EVENT | {"id": "nul", "data": EVENT["data"] | {"patient.first_name": "El\x00ena"}}
FILES = {
    "a zip that bursts": _zip(),
    "a gzip that bursts": gzip.compress(b"0" * 3_000_000),
    "200,000 brackets": b"[" * 200_000 + b"]" * 200_000,
    "brackets within an event": json.dumps(EVENT).encode()[:-1] + b',"x":' + b"[" * 200_000,
    "objects within objects": b'{"a":' * 100_000,
    "half a pair": b'{"specversion":"1.0","id":"\\ud800","source":"x","type":"patient.updated",'
                   b'"time":"2026-09-14T09:00:00-04:00","subject":"\\udfff","data":{}}',
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "a page": b"<html><script>xqz(1)</script>",
    "another alphabet": "\ufeff{}".encode("utf-16"),
    "NUL bytes": b"\x00" * 10_000,
    "a NUL in a name": lines(NUL),
    "numbers that are none": b'{"id": NaN, "x": Infinity, "y": 1e999999}',
    "a key a thousand times": b"{" + b'"id": 1,' * 1_000 + b'"id": 2}',
}  # fmt: skip
NAMES = ("../../etc/passwd", "a\x00.jsonl", "..\\..\\x", "a\r\nSet-Cookie: x=1", "<img src=x>",
         "x" * 3_000, "")  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_a_hostile_file_is_told_apart_and_fails_nothing(
    app: App, client: Client, what: str
) -> None:
    olga = client("olga")
    answer = sent(olga, FILES[what], "day.jsonl")
    assert answer.status_code in (200, 422)
    assert "Traceback" not in answer.content.decode()
    assert "<script>xqz" not in answer.content.decode()
    for row in app.store.bad_records(5):
        assert olga.get(f"/quarantine/{row['digest']}").status_code == 200
    for case in app.store.cases():
        assert client("ana").get(f"/cases/{case.id}").status_code == 200
        assert "\x00" not in str(app.store.load([case.patient])[case.patient].facts)


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_goes_nowhere(app: App, client: Client, name: str) -> None:
    before = {path for path in app.folder.rglob("*") if "sqlite" not in path.name}
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + lines(EVENT | {"id": "n"}) + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    answer = client("olga").post("/health/intake", body, content_type=kind)
    assert answer.status_code in (303, 400, 422)
    assert "x=1" not in str(answer.headers)
    assert {path for path in app.folder.rglob("*") if "sqlite" not in path.name} == before
    assert name == "" or name not in str([row["detail"] for row in app.store.audited()])


def test_several_files_at_once_are_refused(client: Client) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    files = {f"file{n}": SimpleUploadedFile("a", b"{}") for n in range(3)}
    answer = client("olga").post("/health/intake", files)
    assert answer.status_code == 413
    assert "too much at once" in answer.content.decode()
