"""What a payer owes a pharmacy, in plain Python: a slow, obvious twin of pharmacies.billing, in cents, for one pair of them.

Each deed either changes the book or raises Refused, exactly where the real one refuses.
"""

from dataclasses import dataclass, field

LIVE = ("submitted", "pended", "approved", "paid")
NOTICE_DAYS = 30


class Refused(Exception):
    """The deed is not allowed as things stand."""


@dataclass
class Claim:
    charge: int
    frequency: str = "1"
    replaces: int | None = None
    status: str = "submitted"
    approved: int = 0
    paid: int = 0
    recouped: int = 0


@dataclass
class Recoupment:
    claim: int
    kind: str
    cents: int
    due: int
    state: str = "open"


@dataclass
class Book:
    """`owed` is the ledger's balance, `forwarded` what a remittance left to the next one, `cash` what went out."""

    claims: list = field(default_factory=list)
    recoupments: list = field(default_factory=list)
    owed: int = 0
    forwarded: int = 0
    cash: int = 0

    def submit(self, charge):
        self.claims.append(Claim(charge))

    def approve(self, n, cents):
        claim = self.claims[n]
        if claim.frequency == "8":
            self._accept_void(claim)
            return
        self._check(claim, "submitted", "pended")
        claim.status, claim.approved = "approved", cents
        self.owed += cents
        if claim.replaces is not None:
            self._make_way(claim.replaces, "replaced")

    def deny(self, n):
        claim = self.claims[n]
        self._check(claim, "submitted", "pended", "approved")
        if claim.status == "approved":
            self.owed -= claim.approved
        claim.status, claim.approved = "denied", 0

    def pend(self, n):
        self._check(self.claims[n], "submitted", "pended")
        self.claims[n].status = "pended"

    def release(self, n):
        self._check(self.claims[n], "pended")
        self.claims[n].status = "submitted"

    def correct(self, n, charge):
        claim = self.claims[n]
        self._check(claim, "denied", "approved", "paid")
        self._follow(n, charge, "7")

    def void(self, n):
        claim = self.claims[n]
        self._check(claim, "submitted", "pended", "approved", "paid")
        self._follow(n, 0, "8")

    def recoup(self, n, cents):
        claim = self.claims[n]
        self._check(claim, "paid")
        if cents > claim.paid - claim.recouped - sum(x.cents for x in self._open(n)):
            raise Refused
        self.recoupments.append(Recoupment(n, "overpaid", cents, NOTICE_DAYS))
        self.owed -= cents

    def withdraw(self, r):
        one = self.recoupments[r]
        if one.state != "open" or one.kind != "overpaid":
            raise Refused
        one.state = "withdrawn"
        self.owed += one.cents

    def pay(self, numbers, day):
        chosen = [self.claims[n] for n in numbers]
        for claim in chosen:
            self._check(claim, "approved")
        total = -self.forwarded
        for claim in chosen:
            claim.status, claim.paid = "paid", claim.approved
            total += claim.paid
        for one in self.recoupments:
            if one.state == "open" and one.due <= day:
                total -= self._take(one)
        self.forwarded, total = max(-total, 0), max(total, 0)
        self.cash += total
        self.owed -= total

    def laws(self):
        """What holds whatever happened: no cent is made, and none is lost."""
        waiting = sum(c.approved for c in self.claims if c.status == "approved")
        coming_back = sum(r.cents for r in self.recoupments if r.state == "open")
        assert self.owed == waiting - coming_back - self.forwarded
        assert self.cash == sum(c.paid - c.recouped for c in self.claims) + self.forwarded

    def _take(self, one):
        claim, one.state = self.claims[one.claim], "settled"
        if one.kind == "overpaid":
            claim.recouped += one.cents
        else:
            claim.paid = claim.recouped = 0
        return one.cents

    def _accept_void(self, void):
        self._check(void, "submitted", "pended")
        void.status = "voided"
        self._make_way(void.replaces, "voided")

    def _make_way(self, n, to):
        claim = self.claims[n]
        if claim.status == "paid":
            for one in self._open(n):
                one.state = "withdrawn"
                self.owed += one.cents
            left = claim.paid - claim.recouped
            self.recoupments.append(Recoupment(n, to, left, 0))
            self.owed -= left
        elif claim.status == "approved":
            self.owed -= claim.approved
            claim.approved = 0
        claim.status = to
        for other in self.claims:
            if other.replaces == n and other.status == "denied":
                other.status = "replaced"

    def _follow(self, n, charge, frequency):
        claim = self.claims[n]
        if claim.frequency == "8":
            raise Refused
        root = claim.replaces if claim.status == "denied" and claim.replaces is not None else n
        if any(c.replaces == root and c.status in LIVE and c is not claim for c in self.claims):
            raise Refused
        self.claims.append(Claim(charge, frequency, root if frequency == "7" else n))

    def _open(self, n):
        return [one for one in self.recoupments if one.claim == n and one.state == "open"]

    def _check(self, claim, *statuses):
        if claim.status not in statuses:
            raise Refused
