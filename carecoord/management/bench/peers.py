"""The same PDC on the same fills beside what people use instead: how long a member takes, and why results differ.

Beside ours: a pandas loop as usually written, which marks the days of each fill, the same loop moving a fill of the same
ingredient behind the supply that is still there, and the published packages `pdcscore` and `propdayscov` where they are
installed. All begin with the fills at hand; ours writes results to the database, exclusions, cover, deaths and stays included.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection, connections
from django.utils import timezone

from carecoord.kernel.periods import day_number
from patients.measures import definitions, engines, results_sql, shards
from patients.measures.kinds import sources, text
from patients.measures.lake import actions as lakes
from patients.measures.lake import manifest, results
from patients.measures.measure import Scope
from patients.measures.models import MeasureResult, Run

from . import at_once, members, scratch

try:
    import pandas
except ModuleNotFoundError:  # a tool of developers: the site does not need it
    pandas = None

MEASURE = "pdc_sta"
OURS = "ours, microseconds a member"
LOOPED = 2_000
"""The others are slow, and their time is linear in the members: so many are enough."""
FILLS = """select f.patient_id, f.day, f.days_supply, m.ingredient_id from claims_fill f
    join (select distinct ndc11, ingredient_id from drugs_drugsetmember where set_code = %s) m on m.ndc11 = f.ndc
    where f.payer_id = %s and f.patient_id < %s and f.day between %s and %s order by f.patient_id, f.day, f.event_id"""


def measure(number, say):
    """Figures by name. Raises CommandError without pandas."""
    if pandas is None:
        raise CommandError("The loops need pandas: pip install pandas.")
    year = timezone.localdate().year - 1
    with tempfile.TemporaryDirectory() as name, scratch.database(Path(name), say):
        made = members.make(members=number, year=year, code="bench-peers")
        figures, found = _ours(made, date(year, 12, 31), Path(name) / "lake", say)
        frame = _fills(made, date(year, 12, 31))
    treated = frame.patient_id.nunique()
    say(f"{treated:,} members through the others")
    told = {label: _timed(work, frame, treated) for label, work in _others(say).items()}
    best = figures[OURS]
    figures |= {"members with a fill of the class, of the others": treated}
    figures |= {"compared: in the denominator, not excluded": sum(key in told["loop"][1] for key in found)}
    for label, (each, theirs) in told.items():
        figures[f"{label}, microseconds a member"] = round(1e6 * each, 1)
        figures[f"ours, times as fast as {label}"] = round(1e6 * each / best, 1)
        figures |= _differences(found, theirs, label, told)
    return figures


def _ours(made, as_of, folder, say):
    """Figures of the one measure for everybody, and patient -> (covered, period) of the denominator."""
    measure = definitions.find(MEASURE)
    with at_once.acting(made):
        seconds, treated = _from_fills(made, as_of, measure)
    began = time.monotonic()
    run_id = at_once.judge(made, [measure], as_of + timedelta(days=1))
    whole = time.monotonic() - began
    with at_once.acting(made):
        rows = MeasureResult.objects.filter(payer=made.payer, run_id=run_id, denominator=True)
        counted = rows.values_list("patient_id", "covered_days", "period_days")
        found = {patient_id: tuple(days) for patient_id, *days in counted}
    figures = {
        OURS: round(1e6 * seconds / treated, 1),
        "the same with facts read and chosen for it alone, two at once": round(1e6 * whole / treated, 1),
    }
    try:
        with at_once.acting(made):
            lakes.export(payer=made.payer, folder=folder)
            began = time.monotonic()
            scope = Scope(made.payer.pk, made.year, as_of)
            told = results.staged("duckdb", folder, manifest.read(folder), scope, measures=[measure])
            rows = sum(rows for _, _, rows in told)
        figures["that by DuckDB over the lake, one process"] = round(1e6 * (time.monotonic() - began) / rows, 1)
    except engines.NotInstalled as error:
        say(str(error))
    return figures, found


def _from_fills(made, as_of, measure):
    """Seconds from fills that are at hand to results that are written, by one process; and how many results there are.

    Fills are at hand for the others, too; in a run they are gathered once for all measures.
    """
    seconds = treated = 0
    run = Run.objects.create(payer=made.payer, cause="bench", year=made.year, as_of=as_of)
    for patients in shards.cut(payer_id=made.payer.pk):
        here = Scope(made.payer.pk, made.year, as_of, patient_range=patients)
        with connection.cursor() as cursor:
            results_sql.plan_for(cursor, are_many=True)
            with sources.prepared(cursor, text.reads(measure, made.year), here, are_many=True):
                began = time.monotonic()
                treated += results_sql.write(cursor, run, measure, *text.select(measure, here, is_prepared=True))
                seconds += time.monotonic() - began
    return seconds, treated


def _fills(made, as_of):
    """A row a fill of the class, as people have them in a frame: with dates. The period is the year from the first fill on."""
    first_of_year = day_number(date(as_of.year, 1, 1))
    with connections["owner"].cursor() as cursor:
        drugs = definitions.find(MEASURE).kind.drugs
        cursor.execute(FILLS, [drugs, made.payer.pk, made.first_id + LOOPED, first_of_year, day_number(as_of)])
        frame = pandas.DataFrame(cursor.fetchall(), columns=["patient_id", "day", "days_supply", "ingredient_id"])
    frame["filled_on"] = pandas.to_datetime(frame.pop("day"), unit="D")
    frame["first_on"] = frame.groupby("patient_id").filled_on.transform("min")
    frame["last_on"] = pandas.Timestamp(as_of)
    return frame


def _timed(work, frame, treated):
    """Seconds a member, and patient -> (covered, period)."""
    began = time.monotonic()
    found = work(frame)
    return (time.monotonic() - began) / treated, found


def _others(say) -> dict[str, Callable]:
    """What is there of them, by name; each takes the frame and gives patient -> (covered, period)."""
    found = {
        "loop": lambda frame: _looped(frame, _plain),
        "loop with carry-over": lambda frame: _looped(frame, _carried),
    }
    for name, prepare in {"pdcscore": _pdcscore, "propdayscov": _propdayscov}.items():
        try:
            found[name] = prepare()
        except ModuleNotFoundError as error:
            say(f"{error.name} is not installed: pip install {name}")
    return found


def _looped(frame, covered):
    found = {}
    for patient_id, fills in frame.groupby("patient_id"):
        first_on, last_on = fills.filled_on.min(), fills.last_on.max()
        days = {day for day in covered(fills) if day <= last_on}
        found[patient_id] = (len(days), (last_on - first_on).days + 1)
    return found


def _plain(fills):
    days = set()
    for _, fill in fills.iterrows():
        days.update(pandas.date_range(fill.filled_on, periods=fill.days_supply))
    return days


def _carried(fills):
    days = set()
    for _, of_one in fills.groupby("ingredient_id"):
        free = fills.first_on.min()
        for _, fill in of_one.iterrows():
            supplied = pandas.date_range(max(fill.filled_on, free), periods=fill.days_supply)
            free = supplied[-1] + pandas.Timedelta(days=1)
            days.update(supplied)
    return days


def _pdcscore():
    from pdcscore import pdcCalc

    def work(frame):
        told = frame.assign(drug="class")  # per drug is all that it knows: the class is one
        columns = ("patient_id", "drug", "filled_on", "days_supply", "first_on", "last_on")
        rows = pdcCalc(told, *columns, False).calculate_pdc_scores()
        return _pairs(rows.patient_id, rows.dayscovered, rows.totaldays)

    return work


def _propdayscov():
    from propdayscov import propdayscov

    if not hasattr(pandas, "np"):
        pandas.np = __import__("numpy")  # it was written for a pandas that had numpy's name

    def work(frame):
        told = pandas.DataFrame(
            {
                "P_ID": frame.patient_id.astype(str),
                "DRUGNAME": frame.ingredient_id.astype(str),
                "FILLDATE": frame.filled_on,
                "DAYSSUPPLY": frame.days_supply,
                "MBRELIGSTART": frame.first_on,
                "MBRELIGEND": frame.last_on,
            }
        )
        rows = propdayscov.calc_pdc(told)
        return _pairs(rows.P_ID.astype(int), rows.COV_DAYS, rows.TOT_DAYS)

    return work


def _pairs(patients, covered, periods):
    return {int(one): (int(days), int(period)) for one, days, period in zip(patients, covered, periods, strict=True)}


def _differences(ours, theirs, label, told):
    """How many differ from ours, and how many of them for which reason. `unexplained` is what no reason accounts for."""
    why = Counter()
    for patient_id, (covered, period) in ours.items():
        if patient_id not in theirs or (covered, period) == theirs[patient_id]:
            continue
        (plain, whole), (carried, _) = (told[name][1][patient_id] for name in ("loop", "loop with carry-over"))
        they_cover, their_period = theirs[patient_id]
        if period != whole:
            why["it knows no end of cover or life and no hospital stay"] += 1
        elif (they_cover, their_period) == (plain, whole) and covered == carried:
            why["it does not carry early refills over"] += 1
        elif they_cover == carried == covered and their_period < whole:
            why["its period ends with the last covered day"] += 1
        else:
            why["unexplained"] += 1
    figures = {f"{label}: results that differ": why.total(), f"{label}: unexplained": why.pop("unexplained", 0)}
    return figures | {f"{label}: {reason}": number for reason, number in sorted(why.items())}
