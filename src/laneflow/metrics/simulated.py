"""The charts of ``laneflow simulate``: first responses in their window, and the work that waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from laneflow.metrics.charts import bars, lines
from laneflow.practice.model import LoadedPractice
from laneflow.proofs.simulate.figures import Line, Report
from laneflow.proofs.simulate.verdict import share


def answered_chart(loaded: LoadedPractice, reports: Sequence[Report]) -> bytes:
    """A bar per lane and tier and staffing: first responses in their window, in percent.

    Left out is where nothing came: no bar would look like never in time.
    """
    answered = (one for r in reports for one in r.lines if one.answered.median is not None)
    keys = list(dict.fromkeys((one.lane, one.tier) for one in answered))
    labels = [f"{_title(loaded, lane)} ({tier})" for lane, tier in keys]
    found = [{(one.lane, one.tier): one for one in report.lines} for report in reports]
    series = {
        _name(report): [_percent(lines_.get(key)) for key in keys]
        for report, lines_ in zip(reports, found, strict=True)
    }
    told = "; ".join(
        f"{label}: {share(found[0][key].answered)}"
        for key, label in zip(keys, labels, strict=True)
        if key in found[0]
    )
    title = "First responses in their window, percent"
    return bars(title, f"Median over the runs. {told}.", labels, series, most=100)


def waiting_chart(reports: Sequence[Report]) -> bytes:
    """Lines over the days: how much work waits at the end of each, median and range."""
    series: dict[str, list[float | None]] = {}
    for report in reports:
        name = _name(report)
        series[f"{name}: waiting"] = [range_.median for _, range_ in report.waiting]
        if report is reports[0]:
            series["nine runs of ten: less than"] = [range_.high for _, range_ in report.waiting]
            series[f"{name}: overdue"] = [range_.median for _, range_ in report.overdue]
    days = [day for day, _ in reports[0].waiting]
    first, last = (reports[0].waiting[n][1].median or 0 for n in (0, -1))
    told = f"From {first:.0f} on {days[0]} to {last:.0f} on {days[-1]}, median over the runs."
    labels = [f"{date.fromisoformat(day):%b} {date.fromisoformat(day).day}" for day in days]
    return lines("Work waiting at the end of the day", told, labels, series)


def _title(loaded: LoadedPractice, lane: str) -> str:
    known = loaded.lanes.get(lane)
    return known.title if known else lane


def _name(report: Report) -> str:
    return report.name or "as is"


def _percent(line: Line | None) -> float | None:
    if line is None or line.answered.median is None:
        return None
    return round(line.answered.median * 100, 1)
