"""What the members fill, and what becomes of it: refills, switches, reversals, rebills, lines without days supply."""

from typing import NamedTuple

from .chance import below, between, happens, pick
from .drugs import DIABETES, DRUGS, INSULIN, NOISE, RAS, SACUBITRIL_VALSARTAN, STATINS
from .people import ELSEWHERE

# How many days late (or early) the next fill comes: low, high, by temperament; and how common the temperament is.
TEMPERAMENTS = ((-6, 2),) * 10 + ((-3, 9),) * 4 + ((-2, 26),) * 3 + ((4, 60),) * 3
# Vaccine, its doses, and of how many members in a thousand a pharmacy bills it.
SHOTS = ((DRUGS["boostrix"], 1, 60), (DRUGS["shingrix"], 2, 90))
_METFORMIN = (DRUGS["metformin_500"], DRUGS["metformin_1000"])


class Claim(NamedTuple):
    """One line of the pharmacy file. `code`: B1, B2, B3 or "" (as B1). `milli`: quantity in thousandths."""

    claim_id: str
    day: int
    paid_day: int
    drug: object
    days: str
    milli: int
    pharmacy: object
    prescriber: int
    plan: str
    rx_number: str
    fill_number: int
    code: str
    original: str


class Standing(NamedTuple):
    """A fill that stands after reversals and rebills. `days`: days' supply, None where the line has none."""

    day: int
    drug: object
    days: int | None


def courses(roll, member):
    """(drug to begin with, drugs to switch between) for every course of treatment of the member."""
    found = []
    if "htn" in member.conditions and happens(roll, 870):
        found.append((pick(roll, RAS), RAS))
    if member.heart_failure:
        found.append((SACUBITRIL_VALSARTAN, ()))
    if "dm" in member.conditions and happens(roll, 850):
        found.append((pick(roll, _METFORMIN) if happens(roll, 650) else pick(roll, DIABETES), DIABETES))
        if happens(roll, 330):
            found.append((pick(roll, DIABETES), ()))
        if happens(roll, 170):
            found.append((INSULIN, ()))
    if "lipids" in member.conditions and happens(roll, 860):
        found.append((pick(roll, STATINS), STATINS))
    if happens(roll, 550):
        found.append((pick(roll, NOISE), ()))
    return found


def _first_day(roll):
    """Most courses run since last year; some begin in the year, a few around the last day that still counts."""
    turn = below(roll, 100)
    if turn < 62:
        return between(roll, -80, 5)
    if turn < 86:
        return between(roll, 0, 60)
    if turn < 95:
        return between(roll, 30, 300)
    return between(roll, 270, 278)


def refills(roll, drug, pool, until):
    """(day, drug, days' supply) of one course, up to and including the day `until`."""
    day = _first_day(roll)
    early, late = pick(roll, TEMPERAMENTS)
    packs = 3 if happens(roll, 480) else 1
    stops = 40 if happens(roll, 900) else 1_000
    while day <= until:
        days = drug.pack_days * packs
        if happens(roll, 30):
            days = pick(roll, (7, 14, 15, 28, 45, 60, 84, 100))
        yield day, drug, days
        if happens(roll, stops):
            return
        day += max(days + between(roll, early, late), 1)
        if pool and happens(roll, 45):
            drug = pick(roll, pool)
            day = max(day - below(roll, 12), 0)


class Ledger:
    """The claims of one member as they are told to the payer: `claims` in order of telling, `standing` in the end."""

    __slots__ = ("roll", "member", "today", "claims", "standing")

    def __init__(self, roll, member, today):
        self.roll, self.member, self.today = roll, member, today
        self.claims, self.standing = [], []

    def treat(self):
        """Fill every course of the member."""
        for number, (drug, pool) in enumerate(courses(self.roll, self.member)):
            self.follow(number, refills(self.roll, drug, pool, self.today))
        for number, (drug, doses, share) in enumerate(SHOTS, 50):
            if happens(self.roll, share):
                self.vaccinate(number, drug, doses)

    def follow(self, number, fills):
        """Fill one course, the member's `number`-th: (day, drug, days' supply) as long as there is cover."""
        roll, member = self.roll, self.member
        prescriber = below(roll, 40)
        rx_number = self._prescription(number)
        refill = 0
        for day, product, days in fills:
            if not member.plan_on(day):
                continue
            place = pick(roll, member.habits)
            if product.code == "semaglutide" and refill % 2:
                place = ELSEWHERE["specialty"]
            self._dispense(day, product, days, place, prescriber, rx_number, refill)
            refill += 1

    def vaccinate(self, number, drug, doses):
        """Shots that a pharmacy bills to the plan, some months from one to the next; none of them is reversed."""
        roll, member = self.roll, self.member
        day, place, prescriber = between(roll, -330, self.today), pick(roll, member.habits), below(roll, 40)
        rx_number = self._prescription(number)
        for dose in range(doses):
            if day <= self.today and member.plan_on(day):
                self._tell((day, drug, place, prescriber, rx_number, dose), days=1)
            day += between(roll, 60, 180)

    def _dispense(self, day, drug, days, place, prescriber, rx_number, refill):
        """One fill and its fate: most stand; some are reversed, rebilled, doubled, or come without days' supply."""
        fate = below(self.roll, 1_000)
        tell = (day, drug, place, prescriber, rx_number, refill)
        if fate < 2:
            self._tell(tell, days=None)
            return
        first = self._tell(tell, days=days)
        if fate < 32:
            self._reverse(first, tell, days)
        elif fate < 42:
            self._rebill(first, tell, days)
        elif fate < 54:
            self._tell((*tell[:4], rx_number + 3, 0), days=pick(self.roll, (days, 7, 30)))

    def _reverse(self, first, tell, days):
        """Two ways of telling: B2 under a number of its own that names the original, or under the original's number."""
        roll, day = self.roll, first.day + below(self.roll, 8)
        if day > self.today:
            return
        self.standing.pop()
        own = happens(roll, 500)
        number = self._number() if own else first.claim_id
        self._append(tell, number, first.days, "B2", first.claim_id if own else "", paid_day=max(day, first.paid_day))
        again = first.day + below(roll, 10)
        if happens(roll, 500) and again <= self.today and self.member.plan_on(again):
            self._tell((again, *tell[1:]), days=days if happens(roll, 600) else pick(roll, (30, 60, 90)))

    def _rebill(self, first, tell, days):
        """B3: a new number that names the original and takes its place, with another days' supply."""
        day = first.day + below(self.roll, 6)
        if day > self.today:
            return
        self.standing.pop()
        days = pick(self.roll, (30, 60, 90))
        self._append(tell, self._number(), str(days), "B3", first.claim_id, paid_day=max(day, first.paid_day))
        self.standing.append(Standing(first.day, first.drug, days))

    def _tell(self, tell, *, days):
        roll = self.roll
        text = pick(roll, ("", "", "0")) if days is None else str(days)
        code = "" if happens(roll, 150) else "B1"
        claim = self._append(tell, self._number(), text, code, "", paid_day=tell[0] + between(roll, 0, 16))
        self.standing.append(Standing(tell[0], tell[1], days))
        return claim

    def _prescription(self, number):
        return 1_000_000 + (self.member.index * 61 + number * 7) % 8_999_999

    def _number(self):
        return f"R{self.member.stem}{len(self.claims):03d}"

    def _append(self, tell, claim_id, days, code, original, *, paid_day):
        day, drug, place, prescriber, rx_number, refill = tell
        claim = Claim(
            claim_id=claim_id,
            day=day,
            paid_day=min(paid_day, self.today),
            drug=drug,
            days=days,
            milli=drug.milli(int(days or 0) or drug.pack_days),
            pharmacy=place,
            prescriber=prescriber,
            plan=self.member.plan_on(day),
            rx_number=str(rx_number),
            fill_number=refill,
            code=code,
            original=original,
        )
        self.claims.append(claim)
        return claim
