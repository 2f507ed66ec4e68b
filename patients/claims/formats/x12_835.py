"""X12 835: what a payer decided of claims, and paid (005010X221).

A record is a claim's payment, numbered by its CLP segment among all segments of the file. It names the claim as the 837 did
(CLM01), and the provider by its payee, so the two find each other whichever comes first (payments.py). Its own format, and not
part of x12_837: the two come from other systems, on other days, and a record counts something else. A payment is known by
payment number, claim, payer's number and status; what was paid in several remittances adds up, and a reversal is an amount
below zero.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from ..checks import day_number, not_in_the_future
from ..fields import CENTS, CODE, ID, LINE_NUMBER, QUANTITY, SHORT, X12_DATE, Cached, FieldFault, one_of
from ..records import words
from .reading.blocks import CONTAINER_TYPES
from .reading.feed import DEFAULT_MAX_BYTES, DEFAULT_RATIO, Format
from .reading.records import Record, RecordFeed
from .reading.shape import Field
from .reading.x12 import Guide, Kept, Taken, component, first_of, opened, place, refused

GUIDE = Guide("835", "HP", ("005010X221",), "payments")
DECISIONS = {"": "", **dict.fromkeys(words("1 2 3 19 20 21"), "paid"), "4": "denied", "22": "reversed"}
UNDECIDED = frozenset(["23", "25"])
"""Forwarded to another payer without a decision; an estimate before the service."""
DECISION = Cached(one_of(DECISIONS))
OF_PAYMENTS = frozenset(words("BPR TRN CUR REF DTM N1 N3 N4 PER RDM LX TS3 TS2 PLB"))
OF_CLAIMS = frozenset(words("CAS NM1 MIA MOA REF DTM PER AMT QTY SVC LQ"))
ENDS = frozenset(words("CLP LX TS3 TS2 PLB SE"))
REMARKS = {"LQ": (2,), "MOA": range(3, 8), "MIA": (5, *range(20, 24))}
"""Where the remark codes stand: on a line, and on the claim of a hospital's outpatient and of its inpatient."""
OF_LQ = frozenset(["HE"])
CENT = Decimal("0.01")
AHEAD_DAYS = 31
"""A payment may be dated some days after the file that tells of it."""
DATE = ("not_a_date", "out_of_range", "missing")
MONEY = ("not_a_number", "money_precision", "missing")
FIELDS = {
    "payment of a claim": (
        Field("BPR16", "Day of payment, and the version; DTM*405, when the remittance was made, where it is empty.", "date", True,
              "20260315", DATE),
        Field("TRN02", "Number of the payment.", "text", True, "EFT-71", ("missing", "too_long")),
        Field("CLP01", "The claim's number, as the claim (837) gave it.", "text", True, "A-1001", ("missing", "too_long")),
        Field("CLP02", "1, 2, 3, 19, 20, 21 paid; 4 denied; 22 reversed; 23 and 25 decide nothing.", "code", True, "1",
              ("missing", "unknown_code")),
        Field("CLP03", "Charge.", "money", False, "125.50", MONEY),
        Field("CLP04", "Paid for the claim; below zero in a reversal.", "money", True, "80", MONEY),
        Field("CLP05", "What the patient owes.", "money", False, "20", MONEY),
        Field("CLP07", "The payer's own number of the claim.", "text", False, "P-2001", ("too_long",)),
        Field("NM109 (QC)", "The patient's member id, or else the subscriber's (IL).", "text", False, "W123456789", ("too_long",)),
        Field("N104 (PE), REF02 (TJ)", "The payee: its NPI (XX) or tax id (FI); the tax id beside an NPI.", "text", False, "1234567893",
              ("too_long",)),
        Field("CAS", "Why less was paid than charged, for the claim or for a line: group, and reason, amount and units up to six times.",
              "codes, money, quantity", False, "CO*45*20*1", ("missing", "not_a_code", *MONEY[:2], "quantity_precision")),
        Field("LQ02 (HE), MOA, MIA", "Remark codes of a line and of the claim.", "codes", False, "N130", ("not_a_code",)),
        Field("AMT02 (B6)", "The amount allowed for a line.", "money", False, "100", MONEY[:2]),
        Field("SVC03", "Paid for a line. REF*6R says which, or else the order does.", "money", False, "80", MONEY),
    )
}  # fmt: skip


@dataclass(slots=True)
class Payment:
    """The segments of a transaction that its claims share, and the sums that must agree."""

    bpr: object = None
    trn: object = None
    payee: object = None
    payee_tax: object = None
    made: object = None
    paid: int = 0
    adjusted: int = 0
    is_summable: bool = True


class Cutter:
    def __init__(self, found):
        self.found = found
        self.claim = None
        self.payment = Payment()

    def __iter__(self):
        for s in self.found:
            if s.id in ENDS and self.claim is not None:
                kept, self.claim = self.claim, None
                yield Record(kept.start.number, kept.raw, partial(build, kept.segments, self.payment))
            if s.id == "ST":
                self.payment = Payment()
            elif s.id == "CLP":
                self._begin(s)
            elif s.id == "SE":
                self._tally(s)
            elif self.claim is not None:
                self.claim.add(s)
            else:
                self._header(s)

    def _begin(self, s):
        if self.payment.bpr is None or self.payment.trn is None:
            raise refused("segment_order", s, "is a claim before the payment was told (BPR, TRN).")
        self.claim = Kept(s)
        self._count("paid", s, 4)

    def _header(self, s):
        if s.id not in OF_PAYMENTS:
            raise refused("segment_order", s, "does not belong where no claim is open.")
        if s.id == "BPR":
            self.payment.bpr = s
        elif s.id == "TRN":
            self.payment.trn = s
        elif s.id == "DTM" and s.get(1) == "405":
            self.payment.made = s
        elif s.id == "N1" and s.get(1) == "PE":
            self.payment.payee = s
        elif s.id == "REF" and s.get(1) == "TJ" and self.payment.payee is not None:
            self.payment.payee_tax = s
        elif s.id == "PLB":
            for at in range(4, 16, 2):
                self._count("adjusted", s, at)

    def _count(self, what, s, at):
        try:
            value = CENTS.careful(s.get(at))
        except FieldFault:
            self.payment.is_summable = False
        else:
            setattr(self.payment, what, getattr(self.payment, what) + (value or 0))

    def _tally(self, s):
        """The payment (BPR02) is what was paid for the claims, less what was held back (PLB): rule of the guide."""
        one = self.payment
        if one.bpr is None:
            raise refused("missing_segment", s, "ends a transaction without a payment (BPR).")
        try:
            total = CENTS.careful(one.bpr.get(2)) or 0
        except FieldFault as fault:
            raise refused(fault.code, one.bpr, "does not say how much was paid.")
        total = -total if one.bpr.get(3) == "D" else total
        if one.is_summable and total != one.paid - one.adjusted:
            raise refused("control_total", one.bpr, "pays otherwise than its claims and adjustments add up to.")


def build(segments, payment, seen):
    take, clp = Taken(), segments[0]
    stray = next((s for s in segments[1:] if s.id not in OF_CLAIMS), None)
    if stray is not None:
        take.fault("claim", "unknown_segment", f"holds segment {stray.number}, which no payment of a claim has.")
    said = _said(take, payment, clp, segments, seen)
    if clp.get(2) in UNDECIDED:
        take.judge()
        seen.notes["no_decision"] += 1
        return []
    decision = take.read(clp, 2, DECISION)
    lines = _lines(take, segments, seen)
    take.judge()
    rest = said["paid"] - sum(line[1] for line in lines)
    rows = [(0, rest, said["charge"], said["patient"], *said["why"]), *lines]
    key = "|".join((payment.trn.get(2), said["claim_id"], said["payer_claim_id"], clp.get(2)))
    return [
        ("claim_payment", (key, said["claim_id"], at, said["member_id"], "", said["paid_on"], decision, paid, charge, patient)
         + (said["payer_claim_id"], said["payee"], day_number(said["paid_on"]) * 1440, "", said["payee_tax"], *why))
        for at, paid, charge, patient, *why in rows
    ]  # fmt: skip


def _said(take, payment, clp, segments, seen):
    """What the payment and its claim say, by name."""
    patient = first_of(segments, "NM1", "QC", "IL")
    insured = first_of(segments, "NM1", "IL", "QC")
    day = (payment.bpr, 16) if payment.bpr.get(16) or payment.made is None else (payment.made, 2)
    said = {
        "paid_on": take.read(*day, X12_DATE),
        "trace": take.read(payment.trn, 2, ID),
        "claim_id": take.read(clp, 1, ID),
        "charge": take.read(clp, 3, CENTS),
        "paid": take.read(clp, 4, CENTS),
        "patient": take.read(clp, 5, CENTS),
        "payer_claim_id": take.read(clp, 7, ID),
        "member_id": take.read(patient, 9, ID) or take.read(insured, 9, ID),
        **_payee(take, payment),
        "why": _why(take, _of_claim(segments)),
    }
    for s, at in (day, (payment.trn, 2), (clp, 1), (clp, 2), (clp, 4)):
        if not s.get(at):
            take.fault(f"{s.id}{at:02}", "missing", "is empty, and is needed.")
    if said["paid_on"] is not None and (said["paid_on"] - seen.today).days > AHEAD_DAYS:
        not_in_the_future(take.problems, place(*day), said["paid_on"], seen.today)
    return said


def _payee(take, payment):
    """Who is paid: id as told, and tax id. A payee who is told by his tax id alone (FI) has no other."""
    is_tax = payment.payee is not None and payment.payee.get(3) == "FI"
    tax = take.read(payment.payee, 4, SHORT) if is_tax else take.read(payment.payee_tax, 2, SHORT, of="TJ")
    return {"payee": take.read(payment.payee, 4, SHORT), "payee_tax": tax.replace("-", "")}


def _of_claim(segments):
    """The segments before the first line."""
    return segments[: next((at for at, s in enumerate(segments) if s.id == "SVC"), len(segments))]


def _why(take, segments):
    """(allowed, adjustments, remark codes) of a claim or of a line."""
    adjusted, remarks = [], []
    for s in segments:
        if s.id == "CAS":
            adjusted += [_adjustment(take, s, at) for at in range(2, 20, 3) if s.get(at) or s.get(at + 1)]
        elif s.id in REMARKS and (s.id != "LQ" or s.get(1) in OF_LQ):
            remarks += [take.read(s, at, CODE) for at in REMARKS[s.id] if s.get(at)]
    allowed = take.read(first_of(segments, "AMT", "B6"), 2, CENTS, of="B6")
    return allowed, tuple(adjusted), tuple(dict.fromkeys(remarks))


def _adjustment(take, s, at):
    """'CO 45 20.00', with units where they are told."""
    for needed in (1, at, at + 1):
        if not s.get(needed):
            take.fault(place(s, needed), "missing", "is empty, and is needed.")
    cents, units = take.read(s, at + 1, CENTS) or 0, take.read(s, at + 2, QUANTITY)
    words = [take.read(s, 1, CODE), take.read(s, at, CODE), str(Decimal(cents).scaleb(-2).quantize(CENT))]
    return " ".join([*words, *([] if units is None else [format(units.normalize(), "f")])])


def _lines(take, segments, seen):
    """[(line of the claim, paid, charge, None, allowed, adjustments, remarks)]. The line is what the payer gives back of the
    claim (REF*6R), where all lines have one that is a number and no two the same; else their order."""
    found = []
    for s in segments:
        if s.id == "SVC":
            found.append((s, []))
        elif found:
            found[-1][1].append(s)
    given = [component(ref, 2, 1) if (ref := first_of(more, "REF", "6R")) else "" for _, more in found]
    try:
        numbers = [LINE_NUMBER.careful(text) for text in given]
    except FieldFault:
        numbers = [None]
    if None in numbers or len(set(numbers)) < len(numbers):
        numbers = list(range(1, len(found) + 1))
        seen.notes["lines_by_order"] += 1
    return [
        (number, take.read(svc, 3, CENTS) or 0, take.read(svc, 2, CENTS), None, *_why(take, more))
        for number, (svc, more) in zip(numbers, found, strict=True)
    ]


def open_payments(stream, *, name="", max_bytes=DEFAULT_MAX_BYTES, ratio=DEFAULT_RATIO, today=None):
    found = opened(stream, GUIDE, max_bytes=max_bytes, ratio=ratio)
    return RecordFeed(iter(Cutter(found)), name=name, today=today or datetime.now(UTC).date())


FORMAT = Format(
    "x12_835",
    "X12 835 payments of claims (005010X221)",
    ("application/EDI-X12", *CONTAINER_TYPES),
    open_payments,
    counts="segment",
    fields=FIELDS,
)
