"""Owns the log as a replay reads it: patient after patient, with its JSON still unread."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Iterator

from laneflow.engine.merging import MERGED
from laneflow.store.connected import Connected
from laneflow.store.history import History, merged_from

PAGE = 200
"""Patients read at a time."""

_PATIENTS = f"SELECT patient FROM laneflow_file WHERE patient > %s ORDER BY patient LIMIT {PAGE}"
_INPUTS = "SELECT patient, n, kind, fate, body FROM laneflow_input WHERE patient {among} ORDER BY n"
_DECISIONS = """
SELECT c.patient, d."case", d.seq, d.at, d.input_kind, d.input_source, d.input_key, d.lane_hash,
  d.changes
FROM laneflow_case c JOIN laneflow_decision d ON d."case" = c.id
WHERE c.patient {among} ORDER BY d."case", d.seq
"""


class Histories(Connected):
    """The part of the store that tells whole stories."""

    def histories(self) -> Iterator[History]:
        """See Store."""
        last = ""
        while page := [patient for (patient,) in self.rows(_PATIENTS, [last])]:
            last = page[-1]
            found = {patient: History(patient, [], []) for patient in page}
            among, parameter = self.writer.among(page)
            for patient, *row in self.rows(_INPUTS.format(among=among), [parameter]):
                found[patient].inputs.append(tuple(row))
            for patient, *row in self.rows(_DECISIONS.format(among=among), [parameter]):
                found[patient].decisions.append(tuple(row))
            yield from found.values()

    def merged(self) -> list[tuple[str, str]]:
        """See Store."""
        sql = "SELECT body FROM laneflow_input WHERE kind = 'event' AND type = %s ORDER BY n"
        return [merged_from(body) for (body,) in self.rows(sql, [MERGED])]
