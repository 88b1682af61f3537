"""How pages are served: headers, limits, a proxy in front, what a failure tells, how it stops."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.test import override_settings

from laneflow.errors import LaneflowError
from laneflow.settings import Serving
from laneflow.web import safety, serving, site
from laneflow.web.desk import Desk
from laneflow.work.app import App

from .case_scenes import text

Clients = Callable[..., Any]
SERVED = Serving("k" * 60, ("practice.example",), tls=True)
PRIVATE = "Elena Alvarez"


# headers -------------------------------------------------------------------------------------


def test_every_answer_says_what_a_browser_may_do(client: Clients) -> None:
    for who, path in (("ana", "/"), ("", "/account/login/"), ("ana", "/nowhere"), ("", "/healthz")):
        headers = client(who).get(path).headers
        assert "no-store" in headers["Cache-Control"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def test_style_may_be_cached_since_its_address_changes_with_it(client: Clients) -> None:
    page = client("").get("/account/login/").content.decode()
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = client("").get(address)
    assert answer.status_code == 200
    assert "max-age=2592000" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


# TLS behind a proxy ----------------------------------------------------------------------------


@pytest.fixture
def over_tls() -> Iterator[None]:
    """The settings of a practice whose proxy speaks TLS."""
    with override_settings(**safety.values(SERVED)):
        yield


def test_over_tls_cookies_are_this_hosts_alone(client: Clients, over_tls: None) -> None:
    there = client("", headers={"Host": "practice.example", "X-Forwarded-Proto": "https"})
    answer = there.get("/account/login/")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = answer.cookies["__Host-laneflow-csrf"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_without_tls_everything_but_probes_is_sent_to_it(client: Clients, over_tls: None) -> None:
    there = client("", headers={"Host": "practice.example"})
    answer = there.get("/account/login/")
    assert (answer.status_code, answer.headers["Location"]) == (
        301, "https://practice.example/account/login/",
    )  # fmt: skip
    assert client("", headers={"Host": "localhost"}).get("/healthz").status_code == 200


def test_another_name_is_refused(client: Clients, over_tls: None) -> None:
    answer = client("", headers={"Host": "evil.example"}).get("/account/login/")
    assert answer.status_code == 400
    assert "This could not be read" in text(answer)
    assert "evil" not in answer.content.decode()


def test_only_the_proxys_word_on_who_asks_counts(app: App) -> None:
    def told(proxy: str) -> str:
        seen: list[str] = []

        def asked(environ: dict[str, Any], start: Any) -> list[bytes]:
            seen.append(f"{environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']}")
            start("204 No Content", [])
            return []

        with running(serving.Server(asked, port=0, threads=1, proxy=proxy)) as address:
            get(address, headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"})
        return seen[0]

    assert told("127.0.0.1") == "203.0.113.9 https"
    assert told("10.0.0.1") == "127.0.0.1 http"


# what may be served where ----------------------------------------------------------------------


def test_patients_data_does_not_cross_a_network_in_the_clear() -> None:
    plain = Serving("k" * 60)
    for host in ("127.0.0.1", "localhost", "::1", "[::1]"):
        serving.allowed(host, plain)
    for host in ("0.0.0.0", "::", "192.0.2.7", "no.such.host.invalid"):
        with pytest.raises(LaneflowError, match="LANEFLOW_TLS=proxy"):
            serving.allowed(host, plain)
    serving.allowed("0.0.0.0", SERVED)


def test_a_proxy_needs_a_name_and_no_name_is_any() -> None:
    with pytest.raises(LaneflowError, match="name that browsers ask for"):
        serving.allowed("127.0.0.1", Serving("k" * 60, tls=True))
    with pytest.raises(LaneflowError, match="answer to any name"):
        serving.allowed("127.0.0.1", Serving("k" * 60, ("*",)))


def test_the_environment_is_read_strictly(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("LANEFLOW_SECRET_KEY", "short")
    with pytest.raises(LaneflowError, match="LANEFLOW_SECRET_KEY: a secret of 5 characters"):
        Serving.from_environment()
    monkeypatch.delenv("LANEFLOW_SECRET_KEY")
    monkeypatch.setenv("LANEFLOW_TLS", "yes")
    with pytest.raises(LaneflowError, match="not a way to TLS"):
        Serving.from_environment()
    monkeypatch.setenv("LANEFLOW_TLS", "proxy")
    monkeypatch.setenv("LANEFLOW_HOSTS", "a.example, b.example")
    found = Serving.from_environment(tmp_path / "kept")
    assert (found.hosts, found.tls, found.proxy) == (("a.example", "b.example"), True, "127.0.0.1")
    assert Serving.from_environment(tmp_path / "kept").secret_key == found.secret_key
    assert (tmp_path / "kept" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["secret-key"]


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LaneflowError, match=f"port {port}: address already in use"):
            serving.Server(lambda environ, start: [], port=port)
    with pytest.raises(LaneflowError, match="cannot be served on"):
        serving.Server(lambda environ, start: [], "no.such.host.invalid")


# failures --------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Have every page that somebody logged in asks for fail with an error."""

    def arm(error: Exception) -> None:
        def fail(self: Desk, request: Any) -> None:
            raise type(error)(*error.args)

        monkeypatch.setattr(Desk, "__init__", fail)

    return arm


def test_our_failure_shows_no_trace_and_leaves_a_report(
    client: Clients, app: App, failing: Callable[[Exception], None],
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    serving.quiet()
    ana = client("ana", raise_request_exception=False)
    failing(ValueError(PRIVATE))
    answers = [ana.get("/"), ana.get("/")]
    assert {answer.status_code for answer in answers} == {500}
    page = text(answers[0])
    assert "Something went wrong on our side" in page
    (report,) = (app.folder / ".laneflow" / "reports").iterdir()
    assert report.name in page, "and the same failure twice is one report"
    told = capfd.readouterr()
    for said in (page, report.read_text("utf-8"), told.out, told.err):
        assert PRIVATE not in said
        assert "Elena" not in said
    assert "builtins.ValueError" in report.read_text("utf-8")
    assert "page: queue" in report.read_text("utf-8")
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_busy_or_away_is_told_apart(
    client: Clients, app: App, failing: Callable[[Exception], None]
) -> None:
    from django.db import OperationalError

    ana = client("ana", raise_request_exception=False)
    failing(OperationalError("database is locked"))
    answer = ana.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The database does not answer" in text(answer)
    assert not (app.folder / ".laneflow" / "reports").exists()


def test_too_much_at_once_is_refused_with_a_page(client: Clients, app: App) -> None:
    for data in ({"x": "a" * (safety.LARGEST_FORM + 1)}, {f"f{n}": "1" for n in range(2_500)}):
        answer = client("").post("/account/login/", data)
        assert answer.status_code == 413
        assert "This is too much at once" in text(answer)
    length = {"CONTENT_LENGTH": str(safety.LARGEST_UPLOAD + 1)}
    assert client("").post("/account/login/", {}, **length).status_code == 413


def test_what_a_request_was_is_logged_by_the_pages_name_alone(client: Clients, app: App) -> None:
    with structlog.testing.capture_logs() as told:
        client("ana").get("/cases/elena-alvarez?name=Elena")
        client("ana").get("/elena/alvarez")
        client("ana").generic("ELENA", "/")
    requests = [row for row in told if row["event"] == "request"]
    assert [(row["method"], row["route"], row["status"]) for row in requests] == [
        ("GET", "case", 404), ("GET", "none", 404), ("other", "queue", 405),
    ]  # fmt: skip
    assert "elena" not in str(told).lower()


def test_libraries_do_not_log_addresses_or_messages(capfd: pytest.CaptureFixture[str]) -> None:
    serving.quiet()
    with structlog.testing.capture_logs() as told:
        logging.getLogger("django.request").error("Not Found: /%s", PRIVATE)
        try:
            raise ValueError(PRIVATE)
        except ValueError:
            logging.getLogger("waitress").exception("while serving /%s", PRIVATE)
    (row,) = told
    assert (row["event"], row["source"], row["error"]) == ("failed", "waitress", "ValueError")
    assert PRIVATE not in str(told)
    out = capfd.readouterr()
    assert PRIVATE not in out.out + out.err


# the server itself -----------------------------------------------------------------------------


class running:  # noqa: N801 (it reads as what it is)
    """A server at work in a thread; gives its address."""

    def __init__(self, server: serving.Server) -> None:
        self.server = server
        self.thread = threading.Thread(target=server.run, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        return self.server.address.removeprefix("http://")

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self.thread.join(30)
        assert not self.thread.is_alive()


def get(address: str, path: str = "/", headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def slow(seconds: float, begun: threading.Event) -> Callable[..., Any]:
    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        begun.set()
        time.sleep(seconds)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"x" * 200_000]

    return answer


def test_stopping_answers_what_was_asked_and_listens_no_longer() -> None:
    begun, said = threading.Event(), []
    server = serving.Server(slow(1.0, begun), port=0, threads=2)
    with running(server) as address:
        idle = socket.create_connection(tuple(address.split(":")))  # type: ignore[arg-type]
        asking = threading.Thread(target=lambda: said.append(get(address)))
        asking.start()
        assert begun.wait(10)
    asking.join(10)
    assert said == [200], "the one in hand was answered whole"
    assert idle.recv(1) == b"", "whoever asked nothing was let go"
    with pytest.raises(OSError):
        get(address)


def test_an_end_nobody_asked_for_stops_the_other_too(monkeypatch: pytest.MonkeyPatch) -> None:
    server = serving.Server(slow(0, threading.Event()), port=0, threads=1)
    told = threading.Event()

    def broken() -> None:
        raise RuntimeError(PRIVATE)

    monkeypatch.setattr(server, "_turn", broken)
    with (
        structlog.testing.capture_logs() as logged,
        pytest.raises(RuntimeError),
        server.beside(told.set),
    ):
        assert told.wait(10), "the daemon hears that the pages are gone"
    assert [row["event"] for row in logged] == ["serving pages failed"]
    assert PRIVATE not in str(logged)


def test_a_request_that_never_ends_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SLOWEST", 1)
    server = serving.Server(slow(0, threading.Event()), port=0, threads=1)
    with running(server) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), timeout=20) as dripping:
            dripping.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
            began = time.monotonic()
            with pytest.raises(OSError):  # noqa: PT012 (closed by the other side at some byte)
                while time.monotonic() < began + 15:
                    dripping.sendall(b"a")
                    time.sleep(0.2)
                pytest.fail("it was never closed")
        assert get(address) == 200, "others are served meanwhile"


def test_a_body_beyond_all_measure_is_not_even_read() -> None:
    server = serving.Server(slow(0, threading.Event()), port=0, threads=1)
    with running(server) as address:
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), timeout=20) as sending:
            length = serving.LARGEST_REQUEST + 1
            sending.sendall(
                f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()
            )
            assert sending.recv(100).split()[1] == b"413"
        with socket.create_connection((host, int(port)), timeout=20) as sending:
            sending.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * serving.LARGEST_HEADERS + b"\r\n\r\n")
            assert sending.recv(100).split()[1] == b"431"


def test_pages_are_served_over_many_threads_each_with_its_own_connection(
    app: App, client: Clients
) -> None:
    statuses: list[int] = []
    with running(serving.Server(site.wsgi(), port=0, threads=6)) as address:
        host = {"Host": "localhost"}
        asking = [
            threading.Thread(target=lambda: statuses.append(get(address, "/account/login/", host)))
            for _ in range(24)
        ]
        for one in asking:
            one.start()
        for one in asking:
            one.join(30)
    assert statuses == [200] * 24
