"""Generated members, for hypothesis: what the rules know, mixed so that most numbers are reached."""

from datetime import date, timedelta
from decimal import Decimal

from . import history as facts
from . import strategies as st
from .histories import TOGETHER, together
from .history import Claim, Fill, History, Span, Stay

NOTHING = st.builds(list)
"""No claims: a list of its own for everybody."""
LENGTHS = st.integers(0, 45).map(lambda n: timedelta(days=n))


@st.once
def day_in(year, first=-40, last=400):
    return st.integers(first, last).map(lambda n: date(year, 1, 1) + timedelta(days=n))


@st.once
def days_of(year, *numbers):
    """One of these days of the year, the first of January being 0."""
    return st.sampled_from(numbers).map(lambda n: date(year, 1, 1) + timedelta(days=n))


@st.composite
def histories(draw, year):
    """Mostly members with a chain of fills of one class; around them everything that the rules know."""
    common = st.sampled_from(["lisinopril", "lisinopril", "losartan", "aliskiren/valsartan", "lisinopril/HCTZ"])
    rare = st.sampled_from(sorted(facts.PRODUCTS))
    supply = st.sampled_from([7, 14, 30, 30, 30, 60, 90, 90])
    boundary = days_of(year, 273, 274, 275)  # 2 October
    fills, day = [], draw(st.one_of(*[day_in(year, -20, 280)] * 6, boundary))
    for _ in range(draw(st.integers(0, 7))):
        fills.append(Fill(day, draw(supply), draw(common)))
        day += timedelta(days=draw(st.sampled_from([0, 0, 5, 14, 25, 30, 30, 45, 90])))
    odd = st.one_of(st.integers(1, 120), st.sampled_from([None, 0, 400]))
    if draw(st.booleans()):
        fills += draw(st.lists(st.builds(Fill, day_in(year), st.sampled_from([14, 30, 90]), rare), max_size=6))
    if draw(st.integers(0, 9)) == 0:
        fills += draw(st.lists(st.builds(Fill, day_in(year), odd, rare), max_size=2))
    kinds = st.sampled_from(["inpatient", "inpatient", "snf", "outpatient"])
    stays = [
        Stay(start, start + length, kind)
        for start, length, kind in draw(st.lists(st.tuples(day_in(year), LENGTHS, kinds), max_size=4))
    ]
    if draw(st.integers(0, 4)) == 0:  # a stay around the day on which the supply ends
        start = day + timedelta(days=draw(st.integers(-2, 2)))
        stays.append(Stay(start, start + draw(LENGTHS), "inpatient"))
    if draw(st.integers(0, 19)) == 0:
        start = draw(day_in(year, -60, 420))
        stays.append(Stay(start, start + timedelta(days=9), "hospice"))
    return History(
        fills=fills,
        stays=stays,
        spans=draw(coverage(year)),
        diagnoses=draw(claims(year, ("I10", "N186", "E119"))),
        services=draw(claims(year, ("99213", "90999", "REV0821"))),
        born=draw(
            st.sampled_from([date(1950, 5, 5), date(1950, 5, 5), date(year - 18, 1, 1), date(year - 18, 1, 2), None])
        ),
        died=draw(st.one_of(st.none(), st.none(), st.none(), day_in(year, 0, 400))),
    )


@st.once
def claims(year, codes):
    setting = st.sampled_from(["carrier"] * 8 + ["outpatient", "hospice"])
    some = st.lists(st.builds(Claim, day_in(year), st.sampled_from(codes), setting), max_size=2)
    return st.one_of(NOTHING, NOTHING, some)


@st.composite
def coverage(draw, year):
    if draw(st.booleans()):
        return [Span(date(2010, 1, 1))]
    spans, start = [], draw(day_in(year, -200, 60))
    for _ in range(draw(st.integers(0, 3))):
        end = start + timedelta(days=draw(st.integers(0, 250)))
        rare = {"hospice": 19, "esrd": 19, "no_drugs": 5}
        flags = {name: draw(st.integers(0, most)) == 0 for name, most in rare.items()}
        flags["drugs"] = not flags.pop("no_drugs")
        spans.append(Span(start, draw(st.sampled_from([end, end, end, None])), **flags))
        start = end + timedelta(days=draw(st.sampled_from([-30, 1, 2, 3, 20])))
    return spans


@st.composite
def people_with_diabetes(draw, year):
    """The same lives with fills for diabetes, now and then a statin, and what SUPD excludes."""
    life = draw(histories(year))
    drugs = st.sampled_from(
        ["metformin", "metformin", "sitagliptin", "insulin_glargine", "insulin_degludec/liraglutide"]
    )
    late = days_of(year, 273, 274, 275, 276)
    days = st.one_of(day_in(year, -20, 380), day_in(year, -20, 380), late)
    life.fills = draw(st.lists(st.builds(Fill, days, st.just(30), drugs), max_size=4))
    life.fills += draw(st.lists(st.builds(Fill, day_in(year), st.just(30), st.just("atorvastatin")), max_size=1))
    if draw(st.integers(0, 9)) == 0:
        life.fills.append(Fill(draw(day_in(year)), 5, "clomiphene"))
    life.diagnoses = draw(claims(year, ("I10", "I10", "N185", "M6282", "K7460", "R7303", "O24410")))
    edges = [date(year - 40, 1, 1), date(year - 40, 1, 2), date(year - 76, 1, 1), date(year - 76, 1, 2)]
    life.born = draw(st.sampled_from([date(1960, 5, 5)] * 6 + edges + [None]))
    return life


@st.composite
def cases(draw, members=TOGETHER):
    year = draw(st.sampled_from([2024, 2025, 2026]))
    as_of = draw(st.one_of(st.just(date(year, 12, 31)), day_in(year, -5, 420)))
    return year, as_of, draw(together(histories(year), members))


@st.composite
def people_with_medicines(draw, year, products, *, oldest=18):
    """Lives with chains of fills of some of these products: quantities, prescribers and pharmacies vary."""
    life = draw(histories(year))
    life.fills = []
    amounts = [Decimal(text) for text in ("10", "30", "60", "60", "90", "90", "120", "180", "7.5")]
    amounts += draw(st.sampled_from([(), (), (), (None,)]))
    for product in draw(st.lists(st.sampled_from(products), min_size=1, max_size=4)):
        day = draw(day_in(year, -40, 340))
        for _ in range(draw(st.integers(1, 4))):
            supply = draw(
                st.sampled_from([3, 7, 10, 14, 30, 30, 30, 90] + [None] * draw(st.sampled_from([0, 0, 0, 1])))
            )
            life.fills.append(
                Fill(
                    day,
                    supply,
                    product,
                    quantity=draw(st.sampled_from(amounts)),
                    pharmacy=draw(st.sampled_from(["P1", "P2", "P3", "P4", "P5"])),
                    prescriber=draw(st.sampled_from(["D1", "D2", "D3", "D4", "D5", ""])),
                )
            )
            day += timedelta(days=draw(st.sampled_from([0, 5, 14, 28, 30, 30, 45])))
    life.diagnoses = draw(claims(year, ("I10", "I10", "I10", "C50919", "D5700", "Z515", "G40909")))
    edges = [date(year - oldest, 1, 1), date(year - oldest, 1, 2)]
    life.born = draw(st.sampled_from([date(1950, 5, 5)] * 6 + edges + [None]))
    return life
