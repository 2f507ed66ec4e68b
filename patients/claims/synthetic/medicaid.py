"""Members of one state's Medicaid plan: adults with asthma, COPD, mental illness or opioid use disorder.

They are drawn as everybody is; home, age, plan and conditions are then their own. What is wrong with them runs through
last year up to the as-of day, so that some were just treated in hospital, and some just began or broke off a treatment.
Shares are per mille; all of them are invented.
"""

from dataclasses import replace

from . import clinical
from .chance import below, between, happens, pick
from .clinical import EMERGENCY_ROOM, OFFICE, Stay, Visit
from .drugs import DRUGS, of_set
from .people import TOWNS, habits_in
from .people import draw as anybody
from .treatment import TEMPERAMENTS

STATE, PLAN, CLIENT = "MT", "MT-MEDICAID", ("C400", "Treasure State Medicaid")
HOMES = [town for town in TOWNS if town[0].state == STATE]
CODES = {
    "asthma": ("J4530", "J4540", "J4550"),
    "copd": ("J449", "J439"),
    "depression": ("F321", "F331"),
    "anxiety": ("F410", "F411"),
    "schizophrenia": ("F200", "F209"),
    "opioid_use": ("F1120",),
}
"""Illness -> ICD-10-CM of the visits for it."""
ATTACKS = {"asthma": "J4541", "copd": "J441"}
SHARES = ("asthma",) * 3 + ("copd",) * 2 + ("depression",) * 2 + ("anxiety", "schizophrenia") + ("opioid_use",) * 3
OTHERS = (("htn", 250), ("dm", 180), ("lipids", 150))
VISITS = ((20, 60), (80, 150), (170, 240), (260, 330), (380, 430), (450, 500), (520, 600), (620, 700))
"""How many days ago the visits for the illness lie: from, to."""
ALBUTEROL, NALOXONE = DRUGS["albuterol"], DRUGS["naloxone"]
STEADY = (-1, 2)


def draw(roll, index, *, window, seed):
    """The member with this number, as people.draw, with an illness."""
    member = anybody(roll, index, window=window, seed=seed)
    illness, home = pick(roll, SHARES), pick(roll, HOMES)
    age = between(roll, 45 if illness == "copd" else 21, 62)
    return replace(
        member,
        age=age,
        born=window.born(age, below(roll, 364)),
        disabled=False,
        dual_code="",
        low_income=True,
        town=home,
        habits=habits_in(roll, home),
        phone=f"{home[0].phone[:3]}-555-{between(roll, 130, 199):04d}",
        client=CLIENT,
        spans=[(first, last, PLAN) for first, last, _ in member.spans],
        hospice="",
        esrd="",
        conditions=frozenset(name for name, share in OTHERS if happens(roll, share)),
        rule_outs=frozenset(),
        heart_failure=False,
        line_of_business="medicaid",
        illness=illness,
    )


def treat(ledger):
    """Fill what the illness is treated with, if it is."""
    roll, today = ledger.roll, ledger.today
    for number, (drug, first, until, late) in enumerate(_courses(roll, ledger.member.illness, today), start=20):
        ledger.follow(number, _refills(roll, drug, first, min(until, today), late))


def _refills(roll, drug, first, until, late):
    """One pack after the other, each some days late (low, high)."""
    day = first
    while day <= until:
        yield day, drug, drug.pack_days
        day += max(drug.pack_days + between(roll, *late), 1)


def _courses(roll, illness, today):
    """(drug, first day, last day, days late) of each course."""
    late, given_up = pick(roll, TEMPERAMENTS), today - between(roll, 50, 150)
    until = given_up if happens(roll, 250) else today
    if illness == "asthma":
        yield ALBUTEROL, today - between(roll, 700, 720), today, (0, 30)
        if happens(roll, 600):
            yield DRUGS["fluticasone_salmeterol"], today - between(roll, 250, 500), until, late
    elif illness == "copd" and happens(roll, 650):
        yield DRUGS["tiotropium"], today - between(roll, 250, 400), until, late
    elif illness == "depression":
        yield pick(roll, of_set("antidepressant")), _begun(roll, today, -245, 119, 215), until, late
    elif illness == "anxiety":
        yield pick(roll, of_set("antidepressant")), today - between(roll, 200, 400), until, late
    elif illness == "schizophrenia":
        yield pick(roll, of_set("antipsychotic")), between(roll, -80, 60), today, late
    elif illness == "opioid_use" and happens(roll, 650):
        first = _begun(roll, today, -184, 180, 170)
        yield DRUGS["buprenorphine_naloxone"], first, today, STEADY if happens(roll, 600) else (3, 12)
        if happens(roll, 500):
            yield NALOXONE, first, first, STEADY


def _begun(roll, today, first, last, days):
    """A day of the intake of a measure (first..last), if it can be within so many `days` before today."""
    high = max(first, min(last, today - 12))
    return between(roll, max(first, min(today - days, high - 20)), high)


def with_illness(roll, member, chart, today):
    """The Chart with the visits for the illness, and the attack that brought some to hospital or emergency."""
    days = [today - between(roll, *ago) for ago in VISITS]
    visits = [Visit(day, day, OFFICE, (pick(roll, CODES[member.illness]),)) for day in days if member.plan_on(day)]
    stays, attack = [], ATTACKS.get(member.illness)
    when = (3, 26) if happens(roll, 450) else (60, 300)
    day = today - between(roll, *when)
    if attack and happens(roll, 700) and member.plan_on(day):
        if happens(roll, 400):
            stays = [Stay(day - 2, day, "inpatient")]
            visits.append(Visit(day - 2, day, OFFICE, (attack,), stays[0]))
        else:
            visits.append(Visit(day, day, EMERGENCY_ROOM, (attack,)))
    return clinical.Chart(chart.visits + visits, chart.stays + stays, chart.exclusions)
