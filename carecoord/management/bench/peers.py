"""The same PDC on the same fills beside a pandas loop as usually written: how long a member takes, and why results differ.

Two loops: `plain` marks the days of each fill on a calendar; `carried` first moves a fill of the same ingredient behind the
supply that is still there. Ours is the whole evaluation of one measure: exclusions, cover, deaths, stays, results written.
"""

import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone

from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.measures import actions, definitions, shards
from patients.measures.measure import Scope
from patients.measures.models import MeasureResult, Run

from . import members, scratch

try:
    import pandas
except ModuleNotFoundError:  # a tool of developers: the site does not need it
    pandas = None

MEASURE = "pdc_sta"
LOOPED = 2_000
"""The loops are slow, and their time is linear in the members: so many are enough."""
FILLS = """select f.patient_id, f.day, f.days_supply, m.ingredient_id from claims_fill f
    join (select distinct ndc11, ingredient_id from drugs_drugsetmember where set_code = %s) m on m.ndc11 = f.ndc
    where f.payer_id = %s and f.patient_id < %s and f.day between %s and %s"""


def measure(number, say):
    """Figures by name. Raises CommandError without pandas."""
    if pandas is None:
        raise CommandError("The loops need pandas: pip install pandas.")
    year = timezone.localdate().year - 1
    with tempfile.TemporaryDirectory() as name, scratch.database(Path(name), say):
        made = members.make(members=number, year=year, code="bench-peers")
        ours, found = _ours(made, date(year, 12, 31))
        frame = _fills(made, year)
        last_day = day_number(date(year, 12, 31))
        plain, by_plain = _looped(frame, last_day, _plain)
        carried, by_carried = _looped(frame, last_day, _carried)
    treated = frame.patient_id.nunique()
    ours_each, plain_each = ours / found.pop("treated"), plain / treated
    say(f"{treated:,} members through the loops")
    return {
        "members with a fill of the class, in the loops": treated,
        "ours, microseconds a member": round(1e6 * ours_each, 1),
        "pandas loop, microseconds a member": round(1e6 * plain_each, 1),
        "pandas loop with carry-over, microseconds a member": round(1e6 * carried / treated, 1),
        "ours, times as fast as the loop": round(plain_each / ours_each, 1),
        "compared: in the denominator, not excluded": sum(key in by_plain for key in found["days"]),
        **_differences(found["days"], by_plain, "loop"),
        **_differences(found["days"], by_carried, "loop with carry-over"),
    }


def _ours(made, as_of):
    """Seconds of the one measure for everybody, and patient -> (covered, period) of the denominator."""
    scope = context.worker_for(made.payer.pk)
    with context.acting_as(scope):
        run = Run.objects.create(payer=made.payer, cause="bench", year=made.year, as_of=as_of)
        began = time.monotonic()
        for patients in shards.cut(payer_id=made.payer.pk):
            here = Scope(made.payer.pk, made.year, as_of, patient_range=patients)
            actions.judge(run, here, [definitions.find(MEASURE)])
        seconds = time.monotonic() - began
        rows = MeasureResult.objects.filter(payer=made.payer, run_id=run.pk)
        counted = rows.filter(denominator=True).values_list(
            "patient_id", "covered_days", "period_days", "period_end_day"
        )
        return seconds, {"days": {one: days for one, *days in counted}, "treated": rows.count()}


def _fills(made, year):
    with connections["owner"].cursor() as cursor:
        days = (day_number(date(year, 1, 1)), day_number(date(year, 12, 31)))
        kind = definitions.find(MEASURE).kind
        cursor.execute(FILLS, [kind.drugs, made.payer.pk, made.first_id + LOOPED, *days])
        return pandas.DataFrame(cursor.fetchall(), columns=["patient_id", "day", "days_supply", "ingredient_id"])


def _looped(frame, last_day, covered):
    """Seconds, and patient -> (covered days, days from the first fill to the end of the year)."""
    began, found = time.monotonic(), {}
    for patient_id, fills in frame.groupby("patient_id"):
        first_day = fills.day.min()
        days = {day for day in covered(fills) if day <= last_day}
        found[patient_id] = (len(days), int(last_day - first_day + 1))
    return time.monotonic() - began, found


def _plain(fills):
    days = set()
    for _, fill in fills.iterrows():
        days.update(range(fill.day, fill.day + fill.days_supply))
    return days


def _carried(fills):
    days = set()
    for _, of_one in fills.sort_values("day").groupby("ingredient_id"):
        free = 0
        for _, fill in of_one.iterrows():
            begins = max(fill.day, free)
            free = begins + fill.days_supply
            days.update(range(begins, free))
    return days


def _differences(ours, theirs, name):
    """How many differ and why: days of an early refill are lost, or the period is another one."""
    why = Counter()
    for patient_id, (covered, period, _) in ours.items():
        if patient_id not in theirs or (covered, period) == theirs[patient_id]:
            continue
        why[
            "the loop knows no end of cover or life and no hospital stay"
            if period != theirs[patient_id][1]
            else "early refills"
        ] += 1
    return {f"{name}: results that differ": why.total()} | {
        f"{name}: {reason}": number for reason, number in why.items()
    }
