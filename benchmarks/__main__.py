"""Owns ``python -m benchmarks``: which ones to run, and how their figures are printed."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.figures import Options
from benchmarks.machine import machine

NAMES = (
    "decide",
    "intake",
    "single",
    "tick",
    "daemon",
    "check",
    "prove",
    "plan",
    "replay",
    "simulate",
    "web_queue",
    "web_case",
    "web_today",
    "web_clicks",
)


def main() -> None:
    """Measure and print; slow is never a failure, so the exit code says nothing of speed."""
    given = _arguments()
    here = machine()
    if not given.json:
        print("\n".join(f"{name:<14} {value}" for name, value in here.items()), "\n")
    say = (lambda _: None) if given.json else (lambda words: print(f"  … {words}", flush=True))
    options = Options(given.quick, given.cache, say)
    rows = []
    for name in given.names or NAMES:
        for figure in import_module(f"benchmarks.{name}").measure(options):
            rows.append(figure.row())
            if not given.json:
                print(figure, flush=True)
    if given.json:
        json.dump({"machine": here, "figures": rows}, sys.stdout, indent=2)
        print()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"which to run: {', '.join(NAMES)} (all)")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="less of everything, for a first look")
    parser.add_argument("--json", action="store_true", help="for other programs")
    parser.add_argument("--cache", type=Path, metavar="DIR",
                        help="keep the large stores here, and use them again")  # fmt: skip
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in NAMES]:
        parser.error(f"there is no benchmark {unknown[0]}; choose from {', '.join(NAMES)}")
    return given


if __name__ == "__main__":
    main()
