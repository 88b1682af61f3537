"""The files of one replayed patient, and of whoever's record was merged with theirs."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence

from laneflow.engine.live import Live
from laneflow.engine.merging import MERGED, MERGED_FROM, merge
from laneflow.engine.route import key_of, remember
from laneflow.engine.run import run
from laneflow.engine.state import Act, Case, Event, FileResult, Instant, PatientFile

Input = Event | Act


class Family:
    """Files by patient, as they stand now; ``unplaced``: "source\\0id" of events set aside."""

    def __init__(self) -> None:
        self.files: dict[str, PatientFile] = {}
        self.unplaced: set[str] = set()

    def copy(self) -> Family:
        """The same files, to be run another way; a run changes no file it was given."""
        other = Family()
        other.files, other.unplaced = dict(self.files), set(self.unplaced)
        return other

    def file(self, patient: str) -> PatientFile:
        """The file a patient's news goes to: their own, or the one it was merged into."""
        file = self.files.get(patient)
        while file is not None and file.merged_into:
            patient = file.merged_into
            file = self.files.get(patient)
        return file if file is not None else PatientFile(patient=patient)

    def run(self, live: Live, inputs: Sequence[Input]) -> Iterator[FileResult]:
        """Take inputs in, in their order; every file they go to stands at its own last one."""
        waiting: list[Input] = []
        for given in inputs:
            if isinstance(given, Event) and given.type == MERGED:
                yield from self._each(live, waiting)
                waiting = []
                yield from self._merge(live, given)
            else:
                waiting.append(given)
        yield from self._each(live, waiting)

    def wake(self, live: Live, until: Instant, patient: str | None = None) -> Iterator[FileResult]:
        """Decide what falls due up to and including ``until``, in one file or in all."""
        files = list(self.files.values()) if patient is None else [self.file(patient)]
        for file in files:
            if not file.merged_into:
                yield self._kept(run(live, file, (), until))

    def stand(self, cases: Iterable[Case], patients: Iterable[str]) -> None:
        """Let the files hold these cases, and have ended those that are closed; no others."""
        files = {patient: copy.copy(self.file(patient)) for patient in patients}
        for file in files.values():
            file.cases, file.ended = {}, {}
        for case in sorted(cases, key=lambda case: (case.opened, case.id)):
            file = files.setdefault(case.patient, copy.copy(self.file(case.patient)))
            if case.closed is None or case.escalations:
                file.cases[case.id] = case
            if case.closed is not None:
                key = key_of(case.lane, case.keys)
                before = file.ended.get(key)
                if before is None or before.at <= case.closed.at:
                    file.ended[key] = remember(case)
        self.files |= files

    def _each(self, live: Live, inputs: Sequence[Input]) -> Iterator[FileResult]:
        mine: dict[str, list[Input]] = {}
        for given in inputs:
            mine.setdefault(self.file(given.patient).patient, []).append(given)
        for patient, theirs in mine.items():
            last = max(given.at for given in theirs)
            yield self._kept(run(live, self.file(patient), theirs, last))

    def _merge(self, live: Live, event: Event) -> Iterator[FileResult]:
        """As live work does it: both files as they stand then, or only a record of it."""
        gone = str(event.data.get(MERGED_FROM, ""))
        for patient in {event.patient, gone} & self.files.keys():
            yield from self.wake(live, event.at - 1, patient)
        into = self.files.get(event.patient) or PatientFile(patient=event.patient)
        other = self.files.get(gone) or PatientFile(patient=gone)
        if gone in ("", event.patient) or other.merged_into or into.merged_into:
            yield self._kept(run(live, into, [event], event.at))
        else:
            for result in merge(live, into, other, event):
                yield self._kept(result)

    def _kept(self, result: FileResult) -> FileResult:
        self.files[result.patient] = result.file
        self.unplaced |= {f"{u.event.source}\0{u.event.id}" for u in result.unplaced}
        return result
