"""Who the members are: names, homes, plans, coverage, conditions. All invented; shares are per mille of members."""

from dataclasses import dataclass

from .chance import below, between, happens, pick
from .directory import pharmacies, rows_of

NAMES = {}
for _row in rows_of("names.csv"):
    NAMES.setdefault(_row["kind"], []).append(_row["name"])
PLANS = ("H9901-001", "H9901-002", "S9902-010")
CLIENTS = (
    ("C100", "Bluegrass Retired Teachers Trust"),
    ("C200", "Mountain Rail Retirees"),
    ("C300", "Prairie Cooperative Seniors"),
)
RETAIL = [pharmacy for pharmacy in pharmacies() if pharmacy.channel == "retail"]
_BY_TOWN = {}
for _pharmacy in RETAIL:
    _BY_TOWN.setdefault(_pharmacy.zip, []).append(_pharmacy)
TOWNS = tuple(_BY_TOWN.values())
ELSEWHERE = {pharmacy.channel: pharmacy for pharmacy in pharmacies() if pharmacy.channel != "retail"}


@dataclass(slots=True)
class Member:
    """One invented person. Days count from 1 January of the measurement year = 0.

    spans: (first day, last day, plan), in order, both days included. died: the day, or None.
    at_risk: under the plan's drug management programme.
    hospice, esrd: "" or how it is known ("flag": only the eligibility says so; "claim": a coded claim does).
    conditions, rule_outs: of htn, dm, lipids. illness: of medicaid.CODES, of members of a Medicaid plan.
    """

    index: int
    stem: str
    member_id: str
    sex: str
    first_name: str
    last_name: str
    born: str
    age: int
    disabled: bool
    street: str
    phone: str
    town: list
    habits: list
    client: tuple
    dual_code: str
    low_income: bool
    spans: list
    died: int | None
    hospice: str
    esrd: str
    conditions: frozenset
    rule_outs: frozenset
    heart_failure: bool
    at_risk: bool
    line_of_business: str = "medicare"
    illness: str = ""

    def plan_on(self, day):
        """The plan of that day, or "" outside coverage or after death."""
        if self.died is not None and day > self.died:
            return ""
        for first, last, plan in self.spans:
            if first <= day <= last:
                return plan
        return ""


def draw(roll, index, *, window, seed):
    """The member with this number. The same seed, number and window give the same person."""
    stem = f"{window.year % 100:02d}{seed % 1_000:03d}{index:07d}"
    sex = pick(roll, ("female", "female", "female", "male", "male"))
    disabled = happens(roll, 110)
    age = between(roll, 34, 64) if disabled else 65 + min(below(roll, 26), below(roll, 31))
    town = pick(roll, TOWNS)
    spans, died = _coverage(roll, window)
    fate = below(roll, 1_000)
    conditions = frozenset(name for name, share in (("htn", 700), ("dm", 400), ("lipids", 560)) if happens(roll, share))
    dual_code = pick(roll, ("02", "04", "08")) if happens(roll, 180) else "00"
    return Member(
        index=index,
        stem=stem,
        member_id=f"M{seed % 1_000:03d}{index:07d}",
        sex=sex,
        first_name=pick(roll, NAMES[sex]),
        last_name=pick(roll, NAMES["last"]),
        born=window.born(age, below(roll, 364)),
        age=age,
        disabled=disabled,
        street=f"{between(roll, 1, 480)} {pick(roll, NAMES['street'])}",
        phone=f"{town[0].phone[:3]}-555-{between(roll, 130, 199):04d}",
        town=town,
        habits=habits_in(roll, town),
        client=CLIENTS[min(below(roll, 4), 2)],
        dual_code=dual_code,
        low_income=dual_code != "00" or happens(roll, 90),
        spans=spans,
        died=died,
        hospice=("flag" if fate < 12 else "claim") if fate < 40 else "",
        esrd=("flag" if fate < 45 else "claim") if 40 <= fate < 56 else "",
        conditions=conditions,
        rule_outs=frozenset(name for name in ("htn", "dm", "lipids") if name not in conditions and happens(roll, 120)),
        heart_failure="htn" in conditions and happens(roll, 50),
        at_risk=fate >= 990,
    )


def habits_in(roll, town):
    """Ten pharmacies to draw from, so that a share of a tenth of the fills is one place in the list."""
    if happens(roll, 20):
        return [ELSEWHERE["long_term_care"]] * 10
    home, other = pick(roll, town), pick(roll, town)
    if happens(roll, 80):
        return [ELSEWHERE["mail"]] * 7 + [home] * 3
    if happens(roll, 30):
        other = pick(roll, RETAIL)
    return [home] * 9 + [other]


def _coverage(roll, window):
    """(spans, day of death or None) as known on the as-of day: what comes later has not happened yet."""
    last, today = window.last, window.today
    plan, other = pick(roll, PLANS), pick(roll, PLANS)
    start = -between(roll, 370, 1_095)
    spans = [(start, -1, plan), (0, last, plan)] if happens(roll, 300) else [(start, last, plan)]
    turn, day = below(roll, 1_000), between(roll, 30, 340)
    if turn < 45:
        spans = [(day, last, plan)]
    elif turn < 90:
        spans = [(start, day, plan)]
    elif turn < 115:
        spans = [(start, day, plan), (day + between(roll, 20, 75), last, plan)]
    elif turn < 175:
        spans = [(start, day, plan), (day + 1, last, other)]
    spans = [span for span in spans if span[0] <= min(today, last)] or [(0, last, plan)]
    spans = [(first, end if end <= today else last, its) for first, end, its in spans]
    died = between(roll, max(spans[-1][0], 0), last) if happens(roll, 25) else None
    if died is None or died > min(today, spans[-1][1]):
        return spans, None
    if happens(roll, 600):
        spans[-1] = (spans[-1][0], died, spans[-1][2])
    return spans, died
