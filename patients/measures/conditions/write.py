"""The set-based writing of what the pass finds: one INSERT .. SELECT for all conditions, and the removal of what no longer holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from . import definitions, find, tables

WORK_MEMORY = "64MB"
"""Of each sort and hash of the pass: with PostgreSQL's 4 MB all of them go to disk."""
_FIND = "create temporary table condition_met on commit drop as {select}"
_VALUES = {
    "detail": "m.detail",
    "version": "r.version",
    "way": "m.way",
    "sensitivity": "r.sensitivity",
    "first_met_day": "m.met_day",
    "first_ever_day": "m.ever_day",
    "last_seen_day": "m.last_seen_day",
    "evidence": "{evidence}",
}
_UPSERT = """
insert into measures_patientcondition as old (payer_id, patient_id, condition, {columns})
select %(payer_id)s, m.patient_id, r.code, {values}
  from condition_met m join condition_rule r on r.condition = m.condition
    on conflict (payer_id, patient_id, condition) do update set {changes}
 where ({old}) is distinct from ({new})
"""
_REMOVE = """
delete from measures_patientcondition c
 where c.payer_id = %(payer_id)s {people}
   and not exists (select from condition_met m join condition_rule r on r.condition = m.condition
                    where m.patient_id = c.patient_id and r.code = c.condition)
"""


@dataclass(frozen=True)
class Written:
    """How many members' conditions are met, how many rows were new or said something else, how many went."""

    found: int
    changed: int
    gone: int


def write(cursor, *, payer_id: int, as_of: date, patient_ids: Sequence[int] | None = None) -> Written:
    """Makes the payer's PatientCondition rows say what the pass finds, for these patients or for all; rows stay in the database."""
    every = definitions.every()
    tables.make(cursor, asked=every.values(), every=every, as_of=as_of)
    text, parameters = find.select(asked=(), as_of=as_of, payer_id=payer_id, patient_ids=patient_ids, is_made=True)
    cursor.execute("drop table if exists pg_temp.condition_met")
    cursor.execute("select set_config('work_mem', %s, true)", [WORK_MEMORY])
    cursor.execute(_FIND.format(select=text), parameters)
    found = cursor.rowcount
    cursor.execute("set local work_mem to default")
    cursor.execute("analyze condition_met")
    cursor.execute(_upsert(), parameters)
    changed = cursor.rowcount
    people = "" if patient_ids is None else "and c.patient_id = any(%(patient_ids)s)"
    cursor.execute(_REMOVE.format(people=people), parameters)
    return Written(found, changed, cursor.rowcount)


def _upsert() -> str:
    columns = list(_VALUES)
    return _UPSERT.format(
        columns=", ".join(columns),
        values=", ".join(_VALUES.values()).format(evidence=_evidence()),
        changes=", ".join(f"{name} = excluded.{name}" for name in columns),
        old=", ".join(f"old.{name}" for name in columns),
        new=", ".join(f"excluded.{name}" for name in columns),
    )


def _evidence() -> str:
    """The claims of a row as a JSON list, as long as there are claims."""
    claims = [
        "jsonb_build_object(" + ", ".join(f"'{part}', m.{part}_{place}" for part in find.PARTS) + ")"
        for place in range(1, find.CLAIMS + 1)
    ]
    lists = [f"jsonb_build_array({', '.join(claims[:count])})" for count in range(1, find.CLAIMS + 1)]
    whens = " ".join(
        f"when m.event_id_{count} is not null then {lists[count - 1]}" for count in range(find.CLAIMS, 1, -1)
    )
    return f"case {whens} else {lists[0]} end"
