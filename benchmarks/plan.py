"""How long ``plan`` takes over 100,000 open cases, and how much memory it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Options, timed
from benchmarks.practice import folder
from benchmarks.stock import NOW, stock

CASES = 100_000
MOST_SECONDS, MOST_MB = 30, 500

EDITS = {
    "a window of every lane": "windows",
    "the longest wait, in practice.yaml": "longest_wait",
    "nothing": "",
}


def measure(options: Options) -> Iterator[Figure]:
    """A process of its own for each edit, so that its memory is its own, too."""
    cases = CASES // 10 if options.quick else CASES
    with folder() as path:
        file = stock(cases, path, options)
        for name, edit in EDITS.items():
            runs = [_process(file, edit) for _ in range(1 if options.quick else 3)]
            note = "{looked_at:,} cases looked at, {touched:,} changed, {groups} kinds of change; "
            note += "{cpu:.1f} s of CPU"
            seconds = tuple(float(run["seconds"]) for run in runs)
            yield Figure(
                f"plan: {name}, {cases:,} cases", "s", seconds, MOST_SECONDS, less=True,
                note=note.format(**runs[0]),
            )  # fmt: skip
            memory = tuple(float(run["memory"]) for run in runs)
            yield Figure(f"plan: {name}, memory", "MB", memory, MOST_MB, less=True)


def _process(file: Path, edit: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.plan", str(file), edit]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def main(file: str, edit: str) -> None:
    """Plan an edit over a store; seconds and the most memory the process had, as JSON."""
    from msgspec.structs import replace

    from benchmarks.practice import app_at
    from laneflow.lanes.meaning import with_hash
    from laneflow.lanes.model import Duration, Lane, Window
    from laneflow.work.planning import Edited, plan

    app = app_at(f"sqlite:///{file}", NOW)
    loaded = app.loaded

    def shorter(window: Window) -> Window:
        spans = {
            tier: Duration(span.n - 1, span.unit) if span.n > 1 else span
            for tier, span in window.by_tier.items()
        }
        return replace(window, by_tier=spans)

    def edited(lane: Lane) -> Lane:
        windows = {name: shorter(window) for name, window in lane.windows.items()}
        return with_hash(replace(lane, windows=windows))

    if edit == "windows":
        loaded = replace(loaded, lanes={name: edited(lane) for name, lane in loaded.lanes.items()})
    elif edit:
        practice = replace(loaded.practice, longest_wait=Duration(29, "days"))
        loaded = replace(loaded, practice=with_hash(practice))
    with timed() as took:
        found = plan(app, Edited(loaded, {}), NOW)
    json.dump(
        {"seconds": took.wall, "cpu": took.cpu, "memory": _most_memory(),
         "looked_at": found.looked_at, "touched": found.touched, "groups": len(found.groups)},
        sys.stdout,
    )  # fmt: skip


def _most_memory() -> float:
    """The most megabytes this process has held; what its parent held before it does not count."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
