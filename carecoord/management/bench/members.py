# ruff: noqa: S608 - the texts below are put together of constants of this file
"""Members with a year of claims, written straight into facts by the owner: what measures are timed on, at any size.

About 30 fills and 20 medical lines a member, the same for the same numbers, by hashes instead of dice. They come month by
month as deliveries do, so that a member's facts do not lie side by side. Every drug set, code list and setting that a
measure reads occurs.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.db import connections

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.drugs.models import DrugSetMember, Ingredient, Product
from carecoord.kernel.periods import day_number
from carecoord.kernel.tenancy import context
from patients.measures import definitions
from patients.measures.conditions import definitions as conditions
from patients.measures.kinds import sources, text

COMMON_SETS = ("statins", "ras_antagonists", "diabetes_non_insulin")
"""Slots 0 to 2 of a member's medicines; slot 3 is any other set."""
COMMON_PERCENT = (45, 40, 25)
OTHER_SETS_PERCENT = 1
"""Of members, for each other set."""
PACKAGES = 64


@dataclass(frozen=True)
class Made:
    """A payer's invented members: patient ids first_id .. last_id, without a hole."""

    payer: Organisation
    year: int
    first_id: int
    last_id: int

    @property
    def members(self) -> int:
        return self.last_id - self.first_id + 1


def make(*, members: int, year: int, code: str, months: int = 12) -> Made:
    """Writes them under a new payer and makes statistics. Called outside any context, in a scratch database."""
    with context.logged_in("worker"):
        payer = Organisation.objects.create(kind="payer", code=code, name=code)
    with connections["owner"].cursor() as cursor:
        values = {"payer": payer.pk, "members": members, "year": year, "january": day_number(date(year, 1, 1))}
        for statement in PEOPLE:
            cursor.execute(statement, values)
        cursor.execute("select min(id), max(id) from patients_patient where payer_id = %(payer)s", values)
        first_id, last_id = cursor.fetchone()
        values["first"] = first_id
        _reference(cursor, year)
        for month in range(months):
            for statement in MONTHLY:
                cursor.execute(statement, values | {"month": month})
        verb = "analyze" if connections["owner"].in_atomic_block else "vacuum (analyze)"
        for table in TABLES:
            cursor.execute(f"{verb} {table}")
    return Made(payer, year, first_id, last_id)


def touch(made: Made, *, share: float) -> list[int]:
    """One more fill today for every so many members; returns who they are."""
    step = round(1 / share)
    with connections["owner"].cursor() as cursor:
        values = {"payer": made.payer.pk, "first": made.first_id, "last": made.last_id, "step": step}
        cursor.execute(TOUCH, values | {"day": day_number(date(made.year, 12, 15))})
    return list(range(made.first_id, made.last_id + 1, step))


def as_of(made: Made) -> date:
    """A day in late December: all of the year's facts are known."""
    return date(made.year, 12, 1) + timedelta(days=30)


def _reference(cursor, year):
    """Temporary tables of what may be drawn: packages of each set, codes with the share that they have of lines."""
    sets, codes = set(COMMON_SETS), set()
    asked = reduce(or_, (text.reads(one, year) for one in definitions.every().values()))
    sets |= asked.drug_sets
    if not DrugSetMember.objects.using("owner").exists():
        _invent_drugs(sorted(sets))
    for name in asked.diagnoses | asked.services:
        codes |= {(code, name in asked.services) for code in sources.codes(name)}
    codes |= {(code, False) for one in conditions.every().values() for code in one.diagnoses[:20]}
    for statement in DRAWN:
        cursor.execute(statement, {"sets": sorted(sets), "common": list(COMMON_SETS), "packages": PACKAGES})
    rows = sorted(codes)
    cursor.executemany(
        "insert into bench_code (place, code, is_service) values (%s, %s, %s)",
        [
            (place, code, is_service)
            for wanted in (False, True)
            for place, (code, is_service) in enumerate(row for row in rows if row[1] == wanted)
        ],
    )


def _invent_drugs(sets):
    """Two packages of one ingredient for each set, where no reference is loaded (tests)."""
    for place, code in enumerate(sets):
        told = {"name": f"invented {code}", "source": "invented", "version": "1"}
        drug, _ = Ingredient.objects.using("owner").get_or_create(name=told["name"])
        for package in range(2):
            ndc = f"{98_000_000_000 + 2 * place + package}"
            product = Product.objects.using("owner").create(ndc11=ndc, ingredients=[drug.name], **told)
            of_set = {"set_code": code, "ndc11": ndc, "product_id": product.pk, "ingredient_id": drug.pk}
            DrugSetMember.objects.using("owner").create(ingredient_name=drug.name, **of_set)


TABLES = (
    "patients_patient", "patients_member", "patients_coverage", "claims_fill", "claims_diagnosis", "claims_service",
    "claims_stay", "claims_observation", "claims_immunization",
)  # fmt: skip
HASH = "(hashint8extended({of}, {seed}) & 1048575)"
"""0 .. 1048575, the same for the same number."""


def _h(of, seed):
    return HASH.format(of=of, seed=seed)


PEOPLE = (
    f"""insert into patients_patient (public_id, payer_id, first_name, middle_name, last_name, name_suffix, search_name,
            sex, born_on, address, city, state, zip, phone, email, language, created_at)
        select gen_random_uuid(), %(payer)s, 'A', '', 'Member ' || n, '', 'member ' || n,
            case when {_h("n", 1)} %% 100 < 56 then 'female' else 'male' end,
            make_date(%(year)s - 18, 6, 15) - cast({_h("n", 2)} %% 28000 as integer), '', '', '', '', '', '', 'en', now()
        from generate_series(1, %(members)s) n""",
    """insert into patients_member (payer_id, patient_id, member_id, person_id, current_id)
        select payer_id, id, 'B' || id, '', '' from patients_patient where payer_id = %(payer)s""",
    f"""insert into patients_coverage (payer_id, patient_id, plan, contract, pbp, line_of_business, starts_on, ends_on,
            dual_status, low_income, original_reason, is_disabled, is_hospice, is_esrd, is_institutional)
        select payer_id, id, 'H0001-001', 'H0001', '001', 'medicare', make_date(%(year)s - 2, 1, 1),
            case when {_h("id", 3)} %% 100 < 4 then make_date(%(year)s, 9, 30) end, '', '', '',
            false, {_h("id", 4)} %% 1000 < 5, {_h("id", 5)} %% 1000 < 5, false
        from patients_patient where payer_id = %(payer)s""",
)
DRAWN = (
    "drop table if exists pg_temp.bench_package, pg_temp.bench_code",
    """create temporary table bench_package as
        select set_code, ndc11, slot, place, count(*) over (partition by slot) as among from (
            select set_code, ndc11, slot, row_number() over (partition by slot order by set_code, ndc11) - 1 as place from (
                select set_code, ndc11, coalesce(array_position(%(common)s::text[], set_code) - 1, 3) as slot,
                    row_number() over (partition by set_code order by md5(ndc11)) as drawn
                from (select distinct set_code::text, ndc11 from drugs_drugsetmember where set_code = any(%(sets)s)) as member
            ) as package where drawn <= %(packages)s
        ) as placed""",
    "create temporary table bench_code (place integer, code text, is_service boolean)",
)
_WHO = "(select id as patient_id, id - %(first)s as n from patients_patient where payer_id = %(payer)s) as p"
_DAY = "%(january)s + %(month)s * 30 + cast({jitter} %% {days} as integer)"
MONTHLY = (
    f"""insert into claims_fill (payer_id, patient_id, event_id, day, days_supply, quantity, ndc, pharmacy_ref, channel,
            prescriber_ref, paid_cents)
        select %(payer)s, f.patient_id, f.n * 1000 + f.slot * 100 + %(month)s,
            {_DAY.format(jitter=_h("f.key * 16 + %(month)s", 7), days="10")}, 30, 30,
            coalesce(b.ndc11, '00000000' || lpad(cast({_h("f.key", 9)} %% 900 + 1 as text), 3, '0')),
            'P' || ({_h("f.key", 10)} %% 4000), 'retail', 'D' || ({_h("f.key * 2 + %(month)s %% 2", 11)} %% 9000), 1000
        from (
            select p.patient_id, p.n, s.slot, p.n * 4 + s.slot as key,
                case when {_h("p.n * 4 + s.slot", 12)} %% 100 < s.percent
                    then {_h("p.n * 4 + s.slot", 13)} %% s.among end as place
            from {_WHO}
            cross join (
                select slot, max(among) as among,
                    least(80, coalesce(max((array[{", ".join(map(str, COMMON_PERCENT))}])[slot + 1]),
                        count(distinct set_code) * {OTHER_SETS_PERCENT})) as percent
                from bench_package group by slot
            ) as s
            where {_h("p.n * 4 + s.slot", 14)} %% 100 < 75
                and {_h("(p.n * 4 + s.slot) * 16 + %(month)s", 15)} %% 100 < 70 + {_h("p.n", 16)} %% 40
        ) as f
        left join bench_package b on b.slot = f.slot and b.place = f.place
        order by f.patient_id, f.slot""",
    *(
        f"""insert into {table} (payer_id, patient_id, event_id, day, code, setting)
        select %(payer)s, l.patient_id, l.n * 1000 + 500 + %(month)s * 2 + l.line, {_DAY.format(jitter=_h("l.key", 20 + seed), days="28")},
            coalesce(c.code, {other}),
            case when {_h("l.key", 24)} %% 1000 < 830 then 'carrier' when {_h("l.key", 24)} %% 1000 < 990 then 'outpatient'
                when {_h("l.key", 24)} %% 10000 < 9997 then 'inpatient' else 'hospice' end
        from (
            select p.patient_id, p.n, line, (p.n * 16 + %(month)s) * 2 + line as key
            from {_WHO} cross join generate_series(0, 1) as line
            where line = 0 or {_h("p.n * 16 + %(month)s", 30 + seed)} %% 3 < {twice}
        ) as l
        left join bench_code c on c.is_service = {is_service} and {_h("l.key", 22 + seed)} %% 100 < 2
            and c.place = {_h("l.key", 26 + seed)} %% (select count(*) from bench_code where is_service = {is_service})
        order by l.patient_id, l.line"""
        for table, seed, is_service, twice, other in (
            ("claims_diagnosis", 0, "false", 0, f"'Z' || ({_h('l.key', 28)} %% 900 + 100)"),
            ("claims_service", 1, "true", 2, f"'99' || ({_h('l.key', 29)} %% 900 + 100)"),
        )
    ),
    f"""insert into claims_stay (payer_id, patient_id, event_id, from_day, to_day, kind)
        select %(payer)s, p.patient_id, p.n * 1000 + 900 + %(month)s, {_DAY.format(jitter=_h("p.n", 32), days="20")},
            {_DAY.format(jitter=_h("p.n", 32), days="20")} + 1 + cast({_h("p.n", 33)} %% 6 as integer), 'inpatient'
        from {_WHO} where {_h("p.n * 16 + %(month)s", 34)} %% 1000 < 12""",
    f"""insert into claims_observation (payer_id, patient_id, event_id, day, code_type, code, result, units, kind)
        select %(payer)s, p.patient_id, p.n * 1000 + 700 + %(month)s * 4 + o.place, {_DAY.format(jitter=_h("p.n", 35), days="28")},
            'loinc', o.code, o.least + {_h("p.n * 16 + %(month)s", 36)} %% o.spread, o.units, o.kind
        from {_WHO}
        cross join (values (0, '4548-4', 5, 6, '%%', 'lab_result'), (1, '8480-6', 100, 70, 'mm[Hg]', 'observation'),
            (2, '8462-4', 60, 40, 'mm[Hg]', 'observation')) as o (place, code, least, spread, units, kind)
        where {_h("p.n * 16 + %(month)s", 37)} %% 100 < 8""",
    f"""insert into claims_immunization (payer_id, patient_id, event_id, day, code_type, code, lot, status)
        select %(payer)s, p.patient_id, p.n * 1000 + 800 + %(month)s, {_DAY.format(jitter=_h("p.n", 38), days="28")}, 'cvx',
            (array['140', '197', '216', '187', '115', '304', '309', '45'])[1 + {_h("p.n * 16 + %(month)s", 39)} %% 8], '', ''
        from {_WHO} where {_h("p.n * 16 + %(month)s", 40)} %% 100 < 5""",
)  # fmt: skip
TOUCH = """
    insert into claims_fill (payer_id, patient_id, event_id, day, days_supply, quantity, ndc, pharmacy_ref, channel,
        prescriber_ref, paid_cents)
    select payer_id, patient_id, event_id + 90, %(day)s, 30, 30, ndc, pharmacy_ref, channel, prescriber_ref, paid_cents
    from (
        select distinct on (patient_id) * from claims_fill
        where payer_id = %(payer)s and patient_id between %(first)s and %(last)s and (patient_id - %(first)s) %% %(step)s = 0
        order by patient_id, day, event_id
    ) as f"""
