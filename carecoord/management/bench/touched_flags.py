"""Results and flags of the members that a delivery touched, beside those of everybody, and whether they are the same.

A third of the members is enrolled, as one_fill left them. One more fill in December
may change none of them: how many changed is one of the figures, and without a change the comparison says little.
"""

import time
from datetime import date

from django.db import connection

from patients.flags import actions as flags
from patients.measures import actions as measures

from . import at_once, members
from .members import Made

FLAGS = """select count(*), coalesce(sum(hashtextextended(concat_ws('|', patient_id, pharmacy_id, rule, measure, status, severity, reason,
        rank, due_on, evidence_key), 0)), 0)
    from flags_flag where payer_id = %s and status <> 'closed'"""


def measure(made: Made, share: float, say) -> dict:
    """Figures by name. `share`: of all members who have one more fill."""
    as_of = date(made.year, 12, 20)
    began = time.monotonic()
    everybody = _everybody(made, as_of)
    full = time.monotonic() - began
    say(f"Results and flags of everybody: {full:.1f} s, {everybody['raised']:,} flags raised")
    patients = members.touch(made, share=share)
    with at_once.acting(made):
        began = time.monotonic()
        measures.evaluate(payer=made.payer, year=made.year, as_of=as_of, patient_ids=patients, cause="bench")
        touched = flags.raise_and_close(payer=made.payer, patient_ids=patients, as_of=as_of)
        seconds = time.monotonic() - began
    alone = _standing(made)
    _everybody(made, as_of)
    say(f"Results and flags of {len(patients):,} touched members: {seconds:.1f} s: {touched}")
    return {
        "results and flags of everybody, s": round(full, 2),
        "flags that stand": everybody["raised"],
        f"results and flags of {len(patients):,} touched members, s": round(seconds, 2),
        "that, as a share of everybody's": f"{seconds / full:.1%}",
        "flags of touched members that changed": touched["raised"] + touched["closed"],
        "flags equal those of a pass over everybody": _standing(made) == alone and alone[0] > 0,
    }


def _everybody(made: Made, as_of: date) -> dict[str, int]:
    """Counts of a full run's flags; the run by shards, two at once, the flags in one process."""
    at_once.run(made, as_of)
    with at_once.acting(made):
        return flags.raise_and_close(payer=made.payer, as_of=as_of)


def _standing(made: Made) -> tuple[int, int]:
    with at_once.acting(made), connection.cursor() as cursor:
        cursor.execute(FLAGS, [made.payer.pk])
        return cursor.fetchone()
