"""Fifty people clicking in a practice of 100,000 open cases while intake runs at full speed.

Beside this process, with its fifty browsers: the pages as ``laneflow serve`` serves them, intake as
``laneflow intake`` takes files in, without a pause, and the database. A click is what somebody
waits for: the request, and where it is sent on, the page after it.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.clicking import Browser, Click
from benchmarks.figures import Figure, Options
from benchmarks.pages import databases
from benchmarks.practice import ROOT
from benchmarks.web_case import whole_cases

PEOPLE, PATIENTS = 50, 1_500
SECONDS, WARM = 75, 20
"""How long they click, and how long before it counts."""

THINK = (4.0, 12.0)
"""Seconds between two clicks of one person, who reads, talks and types in between."""

AIM = 250.0
"""Milliseconds within which 19 of 20 clicks are answered."""


def measure(options: Options) -> Iterator[Figure]:
    """Every kind of click, and all of them, with intake at full speed and without."""
    for url, called in databases(options):
        yield from _on(url, called, options)


def _on(url: str, called: str, options: Options) -> Iterator[Figure]:
    seconds = SECONDS // 4 if options.quick else SECONDS
    cases = whole_cases(url, PATIENTS)
    options.say(f"{len(cases)} cases with all their history to work on, {called}")
    with _process("serve", url) as (server, told):
        with _counted(server) as cost:
            clicks = _clicked(told, cases, seconds)
        yield _figure(f"clicks, nothing else, {called}", clicks, cost[0])
        with _process("intake", url) as (intake, _), _counted(server) as cost:
            clicks = _clicked(told, cases, seconds)
            intake.send_signal(signal.SIGTERM)
            assert intake.stdout is not None
            taken = json.loads(intake.stdout.readline())
        rate = f"; intake took in {taken['events'] / taken['seconds']:,.0f} events/s meanwhile"
        yield _figure(f"clicks while intake runs, {called}", clicks, cost[0] + rate)


@contextmanager
def _counted(server: subprocess.Popen[str]) -> Iterator[list[str]]:
    """What the server spent meanwhile, in words; no other work on the machine changes that."""
    process, said = psutil.Process(server.pid), [""]
    before, began = process.cpu_times(), time.monotonic()
    yield said
    after, took = process.cpu_times(), time.monotonic() - began
    spent = after.user + after.system - before.user - before.system
    said[0] = f"; the server used {spent / took:.0%} of a core"


def _figure(name: str, clicks: list[Click], more: str) -> Figure:
    times = sorted(click.ms for click in clicks)
    failed = Counter(click.status for click in clicks if click.failed)
    kinds = []
    for kind in dict.fromkeys(click.kind for click in clicks):
        own = sorted(click.ms for click in clicks if click.kind == kind)
        kinds.append(f"{kind} {_at(own, 0.95):.0f} ms of {len(own)}")
    note = (
        f"p50 {_at(times, 0.5):.0f} ms, p99 {_at(times, 0.99):.0f} ms of {len(times)} clicks by "
        f"{PEOPLE} people; failed: {dict(failed) or 'none'}; p95: {', '.join(kinds)}{more}"
    )
    return Figure(name, "ms", (_at(times, 0.95),), AIM, less=True, note=note)


def _at(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))] if times else float("nan")


def _clicked(told: dict[str, Any], cases: list[str], seconds: int) -> list[Click]:
    """What all of them did, once they have been at it for a while."""
    begin = time.monotonic() + min(WARM, seconds)
    end = begin + seconds
    found: list[Click] = []

    def work(session: str, seed: int) -> None:
        chance = random.Random(seed)
        browser = Browser(told["port"], session, cases, chance)
        time.sleep(chance.uniform(0, THINK[1]))
        while time.monotonic() < end:
            click = browser.click()
            if time.monotonic() >= begin:
                found.append(click)
            time.sleep(chance.uniform(*THINK))

    people = [
        threading.Thread(target=work, args=(one, n)) for n, one in enumerate(told["sessions"])
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return found


@contextmanager
def _process(kind: str, url: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A process of ``benchmarks.clicking``, and what it tells first."""
    command = [sys.executable, "-m", "benchmarks.clicking", kind, url, str(PEOPLE)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
