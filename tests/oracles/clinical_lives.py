"""Generated members for measures of a calendar year: diseases, tests, readings, cover with gaps, and what takes people out."""

from datetime import date, timedelta

from . import clinical, generated, moud
from . import strategies as st
from .generated import NOTHING
from .histories import together
from .history import VACCINES, Claim, Fill, History, Observed, Span, Stay

VALUES = {
    "4548-4": ["6.5", "7.9", "8.0", "9.0", "9.1", ">14", "<4", "pending", "0.07"],
    "17856-6": ["7.0", "8.4"],
    "97506-0": ["7.1"],
    "59261-8": ["53", "64", "75", "76"],
    "8480-6": ["118", "139", "140", "155", ">200", "12"],
    "8462-4": ["70", "89", "90", "97"],
    "98979-8": [">60"],
    "9318-7": ["12"],
    "14957-5": ["9"],
    "2161-8": ["80"],
}
SERVICES = ["3044F", "3051F", "3052F", "3046F", "83036", "3074F", "3075F", "3077F", "3078F", "3079F", "3080F", "99283"]
SERVICES += ["80053", "82043", "82570", "92014", "92229", "2022F", "2023F", "3072F", "08T0XZZ", "08T1XZZ", "65101"]
RARE = ["R54", "R54", "I509", "I509", "Z515", "Z3400", "N186"]
RARE_SERVICES = ["E0100", "G9473", "90999", "50360"]

FLAGS = st.fixed_dictionaries(
    dict.fromkeys(("hospice", "esrd", "institutional"), st.integers(0, 15).map(lambda n: n == 0))
)


@st.once
def around(year, day_numbers=(-400, 370)):
    """Days of the year before and of the year, with its edges more often."""
    edges = [date(year, 1, 1), date(year, 6, 30), date(year, 7, 1), date(year, 12, 31), date(year - 1, 12, 31)]
    return st.one_of(generated.day_in(year, *day_numbers), generated.day_in(year, *day_numbers), st.sampled_from(edges))


@st.composite
def spans(draw, year):
    """Covered all the time, or with gaps around 45 days, or anything."""
    if draw(st.integers(0, 2)):
        return [Span(date(2010, 1, 1), **draw(FLAGS))]
    gap = draw(st.sampled_from([0, 1, 44, 45, 46, 90]))
    left = draw(generated.day_in(year, -20, 300))
    back = left + timedelta(days=gap + 1)
    found = [
        Span(date(year - 1, 3, 1), left),
        Span(back, draw(st.sampled_from([None, date(year, 12, 31), date(year, 12, 1)]))),
    ]
    return found + draw(st.lists(st.builds(Span, generated.day_in(year), st.none()), max_size=1))


def later(start, days):
    return start + timedelta(days=days)


def stay_of(start, days):
    return Stay(start, later(start, days))


def principal(day, code, setting, is_principal):
    return Claim(day, code, setting, is_principal=is_principal)


def aged(year, age, day):
    """The birthday of somebody who comes to this age in January of the year."""
    return date(year - age, 1, day)


@st.composite
def lives(draw, year):
    """A member with diabetes or hypertension mostly, and tests of every kind."""
    day, setting = around(year), st.sampled_from(["carrier", "carrier", "outpatient", "inpatient", "dme"])
    common = st.builds(Claim, day, st.sampled_from(["E119", "E119", "I10", "I10"]), setting)
    diagnoses = draw(st.lists(common, min_size=2, max_size=6))
    rare = st.builds(
        Claim, st.one_of(day, generated.day_in(year, -3000, 370)), st.sampled_from(RARE), st.just("carrier")
    )
    diagnoses += draw(st.one_of(NOTHING, NOTHING, st.lists(rare, max_size=4)))
    services = draw(st.lists(st.builds(Claim, day, st.sampled_from(SERVICES), setting), max_size=6))
    rare = st.builds(Claim, generated.day_in(year, -3000, 370), st.sampled_from(RARE_SERVICES), st.just("outpatient"))
    services += draw(st.one_of(NOTHING, NOTHING, st.lists(rare, max_size=2)))
    observations = []
    for code in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=6)):
        observations.append(Observed(draw(day), code, draw(st.sampled_from(VALUES[code]))))
    if draw(st.booleans()):  # both numbers of one day, and near tests of the urine
        when = draw(day)
        observations += [Observed(when, code, draw(st.sampled_from(VALUES[code]))) for code in ("8480-6", "8462-4")]
        near = when + timedelta(days=draw(st.sampled_from([0, 3, 4, 5])))
        services += [Claim(when, "82043"), Claim(near, draw(st.sampled_from(["82570", "83036"])))]
    drugs = st.sampled_from(["metformin", "insulin_glargine", "donepezil"])
    born = [date(1965, 5, 5)] * 6 + [date(1950, 2, 2), date(1942, 2, 2), None]
    born += [date(year - age, *day) for age in (18, 66, 75, 76, 81, 85, 86) for day in ((1, 1), (12, 31))]
    return History(
        fills=draw(st.lists(st.builds(Fill, day, st.just(30), drugs), max_size=2)),
        stays=draw(st.lists(st.builds(stay_of, day, st.integers(0, 9)), max_size=1)),
        spans=draw(spans(year)),
        diagnoses=diagnoses,
        services=services,
        born=draw(st.sampled_from(born)),
        died=draw(st.sampled_from([None] * 9 + [date(year, 5, 1), date(year, 12, 31), date(year + 1, 1, 1)])),
        observations=observations,
    )


@st.composite
def doses(draw, year):
    """(vaccines, services, fills): doses of long ago, of the seasons around the year, and pairs that are nearly far enough apart."""
    edges = [
        date(year - 1, 7, 1),
        date(year - 1, 6, 30),
        date(year - 9, 1, 1),
        date(year - 10, 12, 31),
        date(2017, 9, 30),
    ]
    day = st.one_of(generated.day_in(year, -4000, 370), generated.day_in(year, -250, 370), st.sampled_from(edges))
    cvx = sorted(code for codes, _, _ in clinical.SHOTS.values() for code in codes)
    billed = sorted(code for _, codes, _ in clinical.SHOTS.values() for code in codes)
    vaccines = draw(st.lists(st.builds(Claim, day, st.sampled_from(cvx)), max_size=5))
    services = draw(st.lists(st.builds(Claim, day, st.sampled_from(billed)), max_size=3))
    fills = draw(st.lists(st.builds(Fill, day, st.just(1), st.sampled_from(sorted(VACCINES))), max_size=4))
    if draw(st.booleans()):
        when, code = draw(day), draw(st.sampled_from(["187", "189", "43"]))
        gaps = draw(st.lists(st.sampled_from([0, 1, 27, 28, 60]), min_size=1, max_size=3))
        later = [when + timedelta(days=gap) for gap in gaps]
        products = {"187": "shingrix", "189": "heplisav", "43": "engerix"}
        if draw(st.booleans()):
            fills += [Fill(one, 1, products[code]) for one in later]
        else:
            vaccines += [Claim(one, code) for one in later]
        vaccines.append(Claim(when, code))
    return vaccines, services, fills


@st.composite
def adults(draw, year):
    """A member of any age with doses of vaccines."""
    life = History(spans=draw(spans(year)))
    life.vaccines, life.services, life.fills = draw(doses(year))
    life.cash = draw(st.lists(st.builds(Fill, around(year), st.just(1), st.sampled_from(sorted(VACCINES))), max_size=1))
    ages = st.sampled_from([19, 50, 60, 65, 75])
    edge = st.builds(aged, st.just(year), ages, st.sampled_from([1, 2]))
    life.born = draw(st.one_of(st.sampled_from([date(1980, 5, 5), date(1948, 5, 5), date(1955, 5, 5), None]), edge))
    life.died = draw(st.sampled_from([None] * 9 + [date(year, 5, 1)]))
    life.diagnoses = [Claim(date(2012, 1, 1), "B181")] * draw(st.sampled_from([0] * 5 + [1]))
    return life


@st.composite
def in_hospital(draw, year):
    """A member with stays near one another, how they ended, and what was done then."""
    day, stays = draw(generated.day_in(year, -60, 300)), []
    for _ in range(draw(st.integers(1, 5))):
        length = draw(st.sampled_from([0, 1, 4, 20]))
        kind = draw(st.sampled_from(["inpatient", "inpatient", "inpatient", "snf"]))
        status = draw(st.sampled_from(["01"] * 8 + ["07", "20", "30"]))
        stays.append(Stay(day, day + timedelta(days=length), kind, status))
        day += timedelta(days=length + draw(st.sampled_from([0, 1, 2, 15, 29, 30, 31, 60])))
    life = History(stays=stays, spans=draw(spans(year)))
    days = st.one_of(st.sampled_from([s.admission for s in stays]), st.sampled_from([s.discharge for s in stays]))
    days = st.builds(later, days, st.sampled_from([0, 0, 1, 10, 29, 30, 31]))
    setting = st.sampled_from(["inpatient", "inpatient", "carrier"])
    codes = st.sampled_from(["Z5111", "O80", "I10"])
    diagnoses = st.builds(principal, days, codes, setting, st.booleans())
    life.diagnoses = draw(st.lists(diagnoses, max_size=3))
    life.services = draw(
        st.lists(st.builds(Claim, days, st.sampled_from(["1111F", "1111F", "0TY00Z0"]), setting), max_size=4)
    )
    life.born = draw(st.sampled_from([date(1960, 5, 5)] * 6 + [date(year - 18, 12, 31), date(year - 17, 1, 1), None]))
    life.died = draw(st.sampled_from([None] * 9 + [date(year, 5, 1), date(year - 1, 12, 31)]))
    return life


@st.composite
def hearts(draw, year):
    """A member with cardiovascular disease, statins, and what takes people out."""
    day = around(year)
    setting = st.sampled_from(["carrier", "carrier", "inpatient", "dme"])
    sick = st.builds(Claim, day, st.sampled_from(["I2510", "I2510", "I214"]), setting)
    rare = st.builds(Claim, day, st.sampled_from(["M7918", "K7460", "N186", "Z3400", "Z515"]), st.just("carrier"))
    life = History(diagnoses=draw(st.lists(sick, min_size=1, max_size=4)), spans=draw(spans(year)))
    life.stays = [
        Stay(
            one.day - timedelta(days=draw(st.sampled_from([0, 0, 2]))),
            one.day + timedelta(days=draw(st.integers(0, 5))),
        )
        for one in life.diagnoses
        if one.setting == "inpatient" and draw(st.booleans())
    ]
    life.diagnoses += draw(st.one_of(NOTHING, NOTHING, st.lists(rare, max_size=2)))
    billed = st.builds(
        Claim, day, st.sampled_from(["33533", "92928", "37221", "90999", "99213", "S4015"]), st.just("outpatient")
    )
    life.services = draw(st.lists(billed, max_size=2))
    statins = st.sampled_from(["atorvastatin", "atorvastatin_40", "atorvastatin_40", "rosuvastatin_20"])
    supply = st.sampled_from([30] * 5 + [90] * 5 + [None])
    life.fills = draw(st.lists(st.builds(Fill, day, supply, statins), max_size=5))
    for span in life.spans:
        span.drugs = draw(st.integers(0, 4)) > 0
        if draw(st.booleans()) and span.starts.year == year - 1:
            span.starts = date(year - 1, 2, draw(st.sampled_from([14, 15, 16, 17])))
    ages = [(21, 1, 1), (20, 12, 31), (40, 12, 31), (39, 1, 1), (75, 1, 1), (76, 12, 31)]
    edges = [date(year - age, month, day) for age, month, day in ages]
    life.born = draw(st.sampled_from([date(1965, 5, 5)] * 8 + edges + [None]))
    life.sex = draw(st.sampled_from(["female", "male", "unknown"]))
    life.died = draw(st.sampled_from([None] * 9 + [date(year, 5, 1)]))
    return life


@st.composite
def with_opioid_use_disorder(draw, year):
    """A member with the diagnosis mostly, and now and then a medicine for it, filled or given."""
    day = around(year)
    coded = st.builds(
        Claim, day, st.sampled_from(["F1120", "F1120", "F1121"]), st.sampled_from(["carrier", "inpatient", "dme"])
    )
    life = History(diagnoses=draw(st.lists(coded, min_size=1, max_size=3)), spans=draw(spans(year)))
    billed = st.sampled_from([*moud.DOSES, "G2071", "99213"])
    life.services = draw(st.lists(st.builds(Claim, day, billed, st.just("outpatient")), max_size=2))
    drugs = st.sampled_from(["buprenorphine/naloxone", "naltrexone", "methadone", "oxycodone"])
    life.fills = draw(st.lists(st.builds(Fill, day, st.just(30), drugs), max_size=2))
    ages = [(18, 1, 1), (18, 1, 2), (65, 1, 1), (65, 1, 2)]
    edges = [date(year - age, month, one) for age, month, one in ages]
    life.born = draw(st.sampled_from([date(1985, 5, 5)] * 6 + edges + [None]))
    life.died = draw(st.sampled_from([None] * 9 + [date(year, 5, 1)]))
    return life


@st.composite
def many_medicines(draw, year):
    """A member with most of what medication therapy management asks for."""
    day, names = (
        generated.day_in(year, -380, 360),
        ["lisinopril", "metformin", "atorvastatin", "amlodipine", "sitagliptin"],
    )
    names += ["losartan", "clomiphene", "donepezil", "insulin_glargine"]
    life = History(spans=draw(spans(year)))
    for span in life.spans:
        span.at_risk = draw(st.integers(0, 5)) == 0
    for code in ("I10", "E119", "B20", "E785", "I509", "J449")[: draw(st.integers(2, 6))]:
        when, setting = draw(day), draw(st.sampled_from(["carrier", "carrier", "inpatient", "dme"]))
        life.diagnoses += [
            Claim(when, code, setting),
            Claim(when + timedelta(days=draw(st.integers(0, 1))), code, setting),
        ]
    dollars = st.sampled_from([100, 150, 200, 700])
    for name in names[: draw(st.integers(7, 9))]:
        cents, supply = draw(dollars) * 100, draw(st.sampled_from([30, 59, 60, 90, 90, None]))
        life.fills += [Fill(draw(day), supply, name, paid_cents=cents) for _ in range(draw(st.integers(1, 2)))]
    life.given = draw(
        st.lists(st.builds(Claim, day, st.sampled_from(["comprehensive_review", "medication_review"])), max_size=2)
    )
    life.born = draw(st.sampled_from([date(1955, 5, 5)] * 8 + [date(year - 18, 1, 1), date(year - 18, 1, 2), None]))
    life.died = draw(st.sampled_from([None] * 9 + [date(year, 5, 1)]))
    return life


@st.composite
def cases(draw, people=lives):
    year = draw(st.sampled_from([2024, 2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), generated.day_in(year, 0, 420)))
    return year, as_of, draw(together(people(year)))
