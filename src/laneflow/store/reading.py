"""Owns questions to the store that change nothing: cases, escalations, the logs, counts."""
# ruff: noqa: S608  (the names put into SQL are this package's own; values are parameters)

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from laneflow.engine.state import Act, Case, Decision, Event, Instant
from laneflow.store import codec, filters
from laneflow.store.tables import NO_CONTACT, OF_CASE, TABLES, EscalationRow
from laneflow.store.tasks import Tasks

PAGE = 500
"""Rows read at a time where everything is gone through; memory holds no more."""

_DECISIONS = """
SELECT d.seq, d.at, d.input_kind, d.input_source, d.input_key, d.lane_hash, d.practice_hash,
  d.engine, d.changes, d.notices, d.trace, d.choices, i.body
FROM laneflow_decision d
LEFT JOIN laneflow_input i ON i.source = d.input_source AND i."key" = d.input_key
WHERE d."case" = %s ORDER BY d.seq
"""
_INPUTS = 'n, source, "key" AS id, kind, type, patient, time, at, fate, cases, why, body'
# A task's "to" says whom it is toward; its row is there for as long as the task was.
_CONTACTS = """
SELECT DISTINCT n.patient, n.time FROM laneflow_note n
WHERE n.patient {among} AND n.time >= %s
AND n.outcome NOT IN ({outcome}) AND n.channel NOT IN ({channel})
AND NOT EXISTS (
  SELECT 1 FROM laneflow_task t WHERE t."case" = n."case" AND t."key" = n.task AND t."to" <> ''
  AND t.opened <= n.at AND (t.ended IS NULL OR t.ended >= n.at))
ORDER BY n.patient, n.time
"""


_ESCALATIONS = ", ".join(
    [*(f't."{name}"' for name in EscalationRow._fields), *(f'c."{name}"' for name in OF_CASE)]
)
_PLACES = dict.fromkeys(OF_CASE, "c")


class Reading(Tasks):
    """The reading part of the store."""

    def case(self, case: str) -> Case | None:
        """See Store."""
        if not case:
            return None
        condition, parameters = self.writer.begins("id", case)
        sql = f"SELECT id, body FROM laneflow_case WHERE {condition} ORDER BY id LIMIT 2"
        found = self.rows(sql, parameters)
        whole = [body for id_, body in found if id_ == case] or [body for _, body in found]
        return codec.case(whole[0]) if len(whole) == 1 else None

    def cases(self, *, open_only: bool = True, **wanted: Any) -> Iterator[Case]:
        """See Store. Read page by page, so that nothing is held up and little is held."""
        filters.known(wanted, filters.CASE_FILTERS)
        conditions, parameters = filters.where(wanted, dict.fromkeys(wanted, "laneflow_case"))
        conditions += ["closed_at IS NULL"] if open_only else []
        last = ""
        while True:
            holds = " AND ".join([*conditions, "id > %s"])
            sql = f"SELECT id, body FROM laneflow_case WHERE {holds} ORDER BY id LIMIT {PAGE}"
            page = self.rows(sql, [*parameters, last])
            for _, body in page:
                yield codec.case(body)
            if len(page) < PAGE:
                return
            last = page[-1][0]

    def escalations(
        self, *, open_only: bool = True, limit: int | None = None, **wanted: Any
    ) -> list[dict[str, Any]]:
        """See Store."""
        filters.known(wanted, filters.ESCALATION_FILTERS)
        conditions, parameters = filters.where(wanted, dict.fromkeys(wanted, "t") | _PLACES)
        conditions += ["t.state IN ('open', 'taken')"] if open_only else []
        sql = (
            f"SELECT {_ESCALATIONS} FROM laneflow_escalation t "
            f'JOIN laneflow_case c ON c.id = t."case" WHERE {" AND ".join(conditions) or "1=1"} '
            'ORDER BY c.tier_rank, t.opened, t."case", t.rule, t.n'
            + ("" if limit is None else f" LIMIT {int(limit)}")
        )
        return [_true(row, "last") for row in self.dicts(sql, parameters)]

    def unplaced(self, *, open_only: bool = True) -> list[dict[str, Any]]:
        """See Store."""
        sql = (
            'SELECT source, "key" AS id, patient, type, at, why, lanes, candidates, owner, due, '
            "state, settled_by, settled_at, settled_reason, body FROM laneflow_unplaced "
            + ("WHERE state = 'open' " if open_only else "")
            + 'ORDER BY due, source, "key"'
        )
        return [
            row
            | {
                "lanes": codec.words(row["lanes"]),
                "candidates": codec.words(row["candidates"]),
                "event": codec.taken("event", row.pop("body")),
            }
            for row in self.dicts(sql)
        ]

    def log(self, case: str) -> list[tuple[Decision, Event | Act | None]]:
        """See Store."""
        return [_logged(case, row) for row in self.rows(_DECISIONS, [case])]

    def inputs(
        self, *, patient: str | None = None, since: Instant | None = None
    ) -> Iterator[dict[str, Any]]:
        """See Store. In the order they were taken in."""
        conditions, parameters = ["n > %s"], []
        for condition, value in (("patient = %s", patient), ("at >= %s", since)):
            if value is not None:
                conditions.append(condition)
                parameters.append(value)
        sql = (
            f"SELECT {_INPUTS} FROM laneflow_input WHERE {' AND '.join(conditions)} "
            f"ORDER BY n LIMIT {PAGE}"
        )
        last = 0
        while page := self.dicts(sql, [last, *parameters]):
            last = page[-1]["n"]
            yield from map(_input, page)

    def named(self, id: str) -> list[dict[str, Any]]:
        """See Store. From source to source, which are few: no index leads to an id alone."""
        sql = f'SELECT {_INPUTS} FROM laneflow_input WHERE source = %s AND "key" = %s'
        following = "SELECT MIN(source) FROM laneflow_input WHERE source > %s"
        found: list[dict[str, Any]] = []
        source = ""
        while source := self.rows(following, [source])[0][0] or "":
            found += map(_input, self.dicts(sql, [source, id]))
        return sorted(found, key=lambda row: (row["at"], row["source"]))

    def acts(self, ids: Collection[str]) -> dict[str, Act]:
        """See Store."""
        among, parameter = self.writer.among(list(ids))
        sql = f'SELECT "key", body FROM laneflow_input WHERE source = \'act\' AND "key" {among}'
        found = {key: codec.taken("act", body) for key, body in self.rows(sql, [parameter])}
        return {key: act for key, act in found.items() if isinstance(act, Act)}

    def standing(self) -> dict[tuple[str, str], int]:
        """See Store."""
        sql = "SELECT lane, status, COUNT(*) FROM laneflow_case WHERE live GROUP BY lane, status"
        return {(lane, status): n for lane, status, n in self.rows(sql)}

    def followed(self, lanes: Collection[str]) -> list[str]:
        """See Store."""
        among, parameter = self.writer.among(list(lanes))
        sql = (
            f"SELECT DISTINCT patient FROM laneflow_case WHERE live AND lane {among} "
            "ORDER BY patient"
        )
        return [row[0] for row in self.rows(sql, [parameter])]

    def silent(self, at: Instant, active: Collection[str]) -> Iterator[dict[str, Any]]:
        """See Store. By owner, and by what is wrong, so that each runs along an index."""
        sql = (
            'SELECT id AS "case", patient, lane, status, owner, location, call FROM laneflow_case '
            "WHERE watched AND owner = %s"
        )
        for (owner,) in self.rows("SELECT DISTINCT owner FROM laneflow_case WHERE watched"):
            if owner not in active:
                yield from self.dicts(f"{sql} ORDER BY id", [owner])
                continue
            quiet = f"{sql} AND last_rung = FALSE"
            yield from self.dicts(f"{quiet} AND call IS NULL ORDER BY id", [owner])
            yield from self.dicts(f"{quiet} AND call <= %s ORDER BY id", [owner, at])

    def contacts(self, patients: Sequence[str], since: Instant) -> dict[str, list[Instant]]:
        """See Store."""
        among, parameter = self.writer.among(patients)
        marks = {name: ", ".join(["%s"] * len(said)) for name, said in NO_CONTACT.items()}
        sql = _CONTACTS.format(among=among, **marks)
        said = [word for words in NO_CONTACT.values() for word in words]
        found: dict[str, list[Instant]] = {}
        for patient, time in self.rows(sql, [parameter, since, *said]):
            found.setdefault(patient, []).append(time)
        return found

    def uncalled(self) -> dict[str, int]:
        """See Store."""
        sql = (
            "SELECT role, COUNT(*) FROM laneflow_escalation WHERE state = 'open' AND last "
            "GROUP BY role"
        )
        return dict(self.rows(sql))

    def sleeping(self, after: Instant) -> dict[tuple[str, str, Instant], int]:
        """See Store."""
        sql = (
            "SELECT c.lane, c.location, t.start, COUNT(*) FROM laneflow_task t "
            'JOIN laneflow_case c ON c.id = t."case" '
            "WHERE t.state = 'open' AND t.key = 'main' AND t.start > %s "
            "GROUP BY c.lane, c.location, t.start"
        )
        return {(lane, place, start): n for lane, place, start, n in self.rows(sql, [after])}

    def counts(self) -> Mapping[str, int]:
        """See Store."""
        return {
            table.removeprefix("laneflow_"): self.rows(f"SELECT COUNT(*) FROM {table}")[0][0]
            for table in (*TABLES.values(), "laneflow_version", "laneflow_release",
                          "laneflow_quarantine", "laneflow_audit")
        }  # fmt: skip


def _logged(case: str, row: tuple[Any, ...]) -> tuple[Decision, Event | Act | None]:
    seq, at, kind, source, key, lane, practice, engine, *parts, body = row
    decision = Decision(
        case=case, seq=seq, at=at, input=codec.answered(kind, source, key), lane_hash=lane,
        practice_hash=practice, engine=engine, **codec.entry(*parts),
    )  # fmt: skip
    return decision, codec.taken(kind, body) if body is not None else None


def _true(row: dict[str, Any], name: str) -> dict[str, Any]:
    """SQLite has no booleans."""
    row[name] = bool(row[name])
    return row


def _input(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the log of inputs as the contract shows it."""
    del row["n"]
    row["cases"] = codec.words(row["cases"])
    row["input"] = codec.taken(row["kind"], row.pop("body"))
    return row
