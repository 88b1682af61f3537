"""Each way out accepts a message or says why not; none raises."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import pytest

from laneflow.notify import Message, Result, send, way_of

BODY = "An escalation waits for you."


def message(address: str) -> Message:
    return Message("c1/2/0", address, "ana", "An escalation", BODY)


class _Mail(socketserver.StreamRequestHandler):
    """Just enough of a mail server to accept one message, or to refuse its receiver."""

    def handle(self) -> None:
        self._say("220 ready")
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper()
            if word == b"RCPT" and b"nobody" in line:
                self._say("550 no such mailbox")
            elif word == b"DATA":
                self._say("354 go on")
                self.server.got.append(self._letter())  # type: ignore[attr-defined]
                self._say("250 taken")
            elif word == b"QUIT":
                return self._say("221 bye")
            else:
                self._say("250 ok")
        return None

    def _letter(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Letters a mail server on this machine has got."""
    with socketserver.TCPServer(("127.0.0.1", 0), _Mail) as server:
        server.got = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("LANEFLOW_SMTP_URL", f"smtp://127.0.0.1:{server.server_address[1]}")
        yield server.got  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def test_an_e_mail_leaves_with_the_notice_s_id(mail: list[bytes]) -> None:
    assert send(message("email:ana@example.org")) == Result(True, "email")
    (letter,) = mail
    assert b"To: ana@example.org" in letter
    assert b"Message-ID: <c1/2/0@laneflow>" in letter
    assert BODY.encode() in letter


def test_a_mailbox_the_server_refuses_is_a_failure_not_a_crash(mail: list[bytes]) -> None:
    result = send(message("email:nobody@example.org"))
    assert result == Result(False, "the mail server refused: SMTPRecipientsRefused")


def test_no_server_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANEFLOW_SMTP_URL", raising=False)
    assert send(message("email:a@b.c")) == Result(False, "LANEFLOW_SMTP_URL is not set")
    monkeypatch.setenv("LANEFLOW_SMTP_URL", "smtp://127.0.0.1:1")
    result = send(message("email:a@b.c"))
    assert not result.ok
    assert result.detail.startswith("ConnectionRefusedError")


def test_the_log_takes_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert send(message("log")).ok
    assert "c1/2/0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("log", "log"),
        ("email:a@b.c", "email"),
        ("email:", None),
        ("slack://token", "apprise"),
        ("pigeon", None),
        ("", None),
    ],
)
def test_an_address_names_its_way(address: str, way: str | None) -> None:
    assert way_of(address) == way
    if way is None:
        assert not send(message(address)).ok


def test_a_service_apprise_does_not_know_is_a_failure() -> None:
    result = send(message("nosuchservice://token"))
    assert not result.ok
    assert "apprise" in result.detail
