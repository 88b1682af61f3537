"""Owns the JUnit file of lane tests, in the shape Jenkins and Surefire read.

Shape: testsuites > testsuite (one per file) > testcase (classname, name, time, file, line) with a
``failure`` inside, or an ``error`` where its lane did not load, as in https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

if TYPE_CHECKING:
    from laneflow.proofs.lanetests.running import TestResult

# What XML 1.0 has no way to write, not even escaped.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, results: Sequence[TestResult]) -> None:
    """Write the results; OSError where the file cannot be written."""
    root = Xml.Element("testsuites", _counts(results), name="laneflow")
    for file in dict.fromkeys(result.file for result in results):
        of_file = [result for result in results if result.file == file]
        suite = Xml.SubElement(root, "testsuite", _counts(of_file), name=_plain(file))
        for result in of_file:
            _case(suite, result)
    Xml.indent(root)
    content: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    path.write_bytes(content + b"\n")


def _counts(results: Sequence[TestResult]) -> dict[str, str]:
    outcomes = [result.outcome for result in results]
    return {
        "tests": str(len(results)),
        "failures": str(outcomes.count("failed")),
        "errors": str(outcomes.count("not run")),
        "skipped": "0",
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _case(suite: Xml.Element, result: TestResult) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        classname=_plain(result.lane or result.file),
        name=_plain(result.name or result.file),
        time=f"{result.seconds:.3f}",
        file=_plain(result.file),
        line=str(result.line),
    )
    if result.passed:
        return
    kind = "failure" if result.outcome == "failed" else "error"
    told = Xml.SubElement(case, kind, message=_plain(result.failures[0].what))
    told.text = _plain("\n".join(map(str, result.failures)))


def _plain(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
