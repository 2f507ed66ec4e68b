"""X12 835 in: remittances of payers that pay outside our adjudication. Streaming; every problem with its segment and element.

Nothing is decided here. A file with a problem is shown, and is not posted.
source: domain/billing.md 5.4 for the subset that is read; other segments of the guide are counted and left alone
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .documents import (
    Address,
    Adjustment,
    Organisation,
    Payer,
    ProviderAdjustment,
    RemittanceDocument,
    RemittedClaim,
    RemittedLine,
)
from .x12_elements import Elements
from .x12_tokens import Problem, segments

VERSION = "005010X221"
ENVELOPE = ("ISA", "GS", "ST", "SE", "GE", "IEA")
MOST_PROBLEMS = 1_000
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
GROUPS = ("CO", "PR", "OA", "PI", "CR")
LEFT_ALONE = frozenset(["CUR", "RDM", "PER", "N2", "TS2", "TS3", "MIA", "MOA", "QTY", "N3", "N4"])
"""Segments of the guide of which we read nothing."""


@dataclass(frozen=True, kw_only=True)
class RemittanceFile:
    """What a file holds. `left_alone` counts the segments that were not needed."""

    documents: tuple[RemittanceDocument, ...]
    problems: tuple[Problem, ...]
    control: str = ""
    version: str = ""
    segments: int = 0
    left_alone: dict = field(default_factory=dict)


def read(stream):
    """RemittanceFile of a binary stream. Raises NotX12 where nothing can be read; every other fault is a Problem."""
    reader = Reader()
    for each in segments(stream):
        reader.take(each)
        if len(reader.problems) >= MOST_PROBLEMS:
            reader.problem(each, 0, "too_many", f"Reading ended here, after {MOST_PROBLEMS} faults.")
            reader.open.clear()
            break
    return reader.end()


class Reader(Elements):
    """Where in the file we are: the open payment, claim and line as dicts, until the next one closes them."""

    def __init__(self):
        super().__init__()
        self.documents, self.left_alone = [], Counter()
        self.control = self.version = ""
        self.count = self.st_at = self.st_count = self.gs_count = 0
        self.st_control = self.gs_control = ""
        self.open = set()
        self.payment = self.claim = self.line = None
        self.party = ""
        self.is_elsewhere = False

    def take(self, s):
        self.count = s.number
        if self.is_elsewhere and s.id not in ENVELOPE:
            self.left_alone[s.id[:3]] += 1
            return
        for at, element in enumerate(s.elements, 1):
            if CONTROL.search(element.replace(s.component, "")):  # a sign that the ISA names may be a control character
                self.problem(s, at, "letters", "It holds control characters: the file was damaged on its way.")
        method = getattr(self, f"on_{s.id.lower()}", None) if s.id.isalnum() else None
        if method:
            method(s)
        elif s.id in LEFT_ALONE:
            self.left_alone[s.id] += 1
        else:
            self.problem(s, 0, "unknown_segment", f"'{s.id[:10]}' is no segment of an 835.")

    def end(self):
        if self.open:
            last = f"segment {self.count}"
            self.problems.append(
                _problem(self.count, "", 0, "no_trailer", f"The file ends at {last} without {_trailers(self.open)}.")
            )
        if not self.documents and not self.problems:
            self.problems.append(_problem(self.count, "", 0, "empty", "The file holds no payment."))
        return RemittanceFile(
            documents=tuple(self.documents), problems=tuple(self.problems), control=self.control, version=self.version,
            segments=self.count, left_alone=dict(self.left_alone),
        )  # fmt: skip

    # The envelope

    def on_isa(self, s):
        self._begins_or_ends(s, "SE", "GE", "IEA")
        self.control, self.open = s.get(13), {"IEA"}
        self.gs_count = 0

    def on_gs(self, s):
        self._begins_or_ends(s, "SE", "GE")
        self.version, self.gs_control, self.st_count = s.get(8), s.get(6), 0
        self.gs_count += 1
        self.open.add("GE")
        if s.get(1) != "HP":
            self.problem(s, 1, "not_an_835", f"The group holds '{s.get(1)}', not remittances (HP).")
        if not self.version.startswith(VERSION):
            self.problem(
                s, 8, "version", f"Version '{self.version}' is not {VERSION}A1, the only one that may be posted."
            )

    def on_st(self, s):
        self._begins_or_ends(s, "SE")
        if "GE" not in self.open:
            self.problem(s, 0, "place", "ST stands where it does not belong: no group (GS) is open.")
        self.st_at, self.st_control = s.number, s.get(2)
        self.st_count += 1
        self.open.add("SE")
        self.payment = {"segment": s.number, "claims": [], "plb": [], "payer": {}, "payee": {}}
        self.is_elsewhere = s.get(1) != "835"
        if self.is_elsewhere:
            self.problem(s, 1, "not_an_835", f"The transaction is a '{s.get(1)}', not an 835: nothing of it is read.")

    def on_se(self, s):
        held = s.number - self.st_at + 1
        self._counts(s, 1, str(held), "segments", 2, self.st_control)
        self.open.discard("SE")
        self._close_payment(s)

    def on_ge(self, s):
        self._begins_or_ends(s, "SE")
        self._counts(s, 1, str(self.st_count), "transactions", 2, self.gs_control)
        self.open.discard("GE")

    def on_iea(self, s):
        self._begins_or_ends(s, "SE", "GE")
        self._counts(s, 1, str(self.gs_count), "groups", 2, self.control)
        self.open.discard("IEA")

    def _begins_or_ends(self, s, *inner):
        """What is still open where the next one begins, or what holds it ends, has lost its trailer."""
        if lost := self.open & set(inner):
            self.problem(s, 0, "no_trailer", f"Before {s.id} here, {_trailers(lost)} is missing.")
            self.open -= lost
            self._close_payment(s)

    def _counts(self, s, at, held, what, control_at, control):
        if s.get(at).lstrip("0") != held.lstrip("0"):
            self.problem(s, at, "count", f"It says {s.get(at) or 'no'} {what}, but there are {held}.")
        if s.get(control_at) != control:
            self.problem(
                s,
                control_at,
                "control_number",
                f"Control number '{s.get(control_at)}' is not '{control}', which it closes.",
            )

    # The payment

    def on_bpr(self, s):
        if self._is_outside(s, self.payment):
            return
        self.payment |= {
            "total_cents": self.money(s, 2),
            "method": s.get(4),
            "paid_on": self.day(s, 16),
            "bpr": s.number,
        }
        if s.get(3) == "D":
            self.payment["total_cents"] *= -1

    def on_trn(self, s):
        if not self._is_outside(s, self.payment):
            self.payment |= {"trace": self.needed(s, 2, "trace number"), "tax_id": s.get(3)[1:10]}

    def on_n1(self, s):
        self.party = {"PR": "payer", "PE": "payee"}.get(s.get(1), "")
        if self.payment is not None and self.party:
            if self.payment[self.party]:
                self.problem(s, 1, "place", f"The payment has a second {self.party}; it can have one.")
            self.payment[self.party] |= {"name": s.get(2), "id": s.get(4), "kind": s.get(3)}

    def on_ref(self, s):
        if self.line is not None and s.get(1) == "6R":
            self.line["ref"] = s.get(2)
        elif self.payment is not None and self.claim is None and s.get(1) == "TJ" and self.party == "payee":
            self.payment["payee"]["tax_id"] = s.get(2)
        else:
            self.left_alone["REF"] += 1

    def on_plb(self, s):
        if self._is_outside(s, self.payment):
            return
        self._close_claim()
        for at in range(3, 15, 2):
            if s.get(at):
                reason, reference = (*s.parts(at), "")[:2]
                self.payment["plb"].append(
                    ProviderAdjustment(
                        reason=reason, reference=reference, cents=self.money(s, at + 1), segment=s.number
                    )
                )
            elif self.money(s, at + 1, is_optional=True):
                self.problem(s, at + 1, "place", "An amount stands here without its reason code.")

    # The claim

    def on_lx(self, s):
        self._close_claim()
        self.left_alone["LX"] += 1

    def on_clp(self, s):
        if self._is_outside(s, self.payment):
            return
        self._close_claim()
        self.claim = {
            "control_number": self.needed(s, 1, "claim number"), "status": self.needed(s, 2, "status"),
            "charge_cents": self.money(s, 3), "paid_cents": self.money(s, 4),
            "patient_cents": self.money(s, 5, is_optional=True), "filing": s.get(6), "icn": s.get(7), "place": s.get(8),
            "frequency": s.get(9), "segment": s.number, "adjustments": [], "lines": [],
        }  # fmt: skip

    def on_nm1(self, s):
        if self.claim is not None and s.get(1) == "QC":
            self.claim |= {"last_name": s.get(3), "first_name": s.get(4), "member_id": s.get(9)}
        else:
            self.left_alone["NM1"] += 1

    def on_cas(self, s):
        here = self.line if self.line is not None else self.claim
        if self._is_outside(s, here):
            return
        if s.get(1) not in GROUPS:
            self.problem(s, 1, "group", f"'{s.get(1)}' is no adjustment group ({', '.join(GROUPS)}).")
        if not s.get(2):
            self.problem(s, 2, "missing", "The reason code is missing.")
        for at in range(2, 20, 3):
            if s.get(at):
                quantity = self.number(s, at + 2) if s.get(at + 2) else None
                here["adjustments"].append(
                    Adjustment(group=s.get(1), reason=s.get(at), cents=self.money(s, at + 1), quantity=quantity)
                )
            elif self.money(s, at + 1, is_optional=True):
                self.problem(s, at + 1, "place", "An amount stands here without its reason code.")

    # The line

    def on_svc(self, s):
        if self._is_outside(s, self.claim):
            return
        self._close_line()
        _, code, *modifiers = (*s.parts(1), "")
        self.line = {
            "code": code, "modifiers": tuple(each for each in modifiers[:4] if each), "charge_cents": self.money(s, 2),
            "paid_cents": self.money(s, 3), "units": self.number(s, 5) if s.get(5) else Decimal(1), "segment": s.number,
            "adjustments": [], "remarks": [],
        }  # fmt: skip
        if not code:
            said = f"'{s.get(1)[:20]}' holds no service code. The ISA says that '{s.component}' parts its pieces."
            self.problem(s, 1, "missing", said)

    def on_dtm(self, s):
        if self.line is not None and s.get(1) in ("472", "150"):
            self.line["service_on"] = self.day(s, 2)
        elif self.payment is not None and s.get(1) == "405":
            self.payment["produced_on"] = self.day(s, 2)
        else:
            self.left_alone["DTM"] += 1

    def on_amt(self, s):
        if self.line is not None and s.get(1) == "B6":
            self.line["allowed_cents"] = self.money(s, 2)
        else:
            self.left_alone["AMT"] += 1

    def on_lq(self, s):
        if self.line is not None and s.get(1) == "HE":
            self.line["remarks"].append(s.get(2))
        else:
            self.left_alone["LQ"] += 1

    # Closing

    def _close_line(self):
        if self.line is not None:
            self.claim["lines"].append(RemittedLine(**_frozen(self.line)))
            self.line = None

    def _close_claim(self):
        self._close_line()
        if self.claim is not None:
            self.payment["claims"].append(RemittedClaim(**_frozen(self.claim)))
            self.claim = None

    def _close_payment(self, s):
        if self.payment is None or self.is_elsewhere:
            self.payment, self.is_elsewhere = None, False
            return
        self._close_claim()
        made, self.payment = self.payment, None
        if "bpr" not in made or "trace" not in made:
            self.problem(s, 0, "missing", "The transaction lacks its payment (BPR) or its trace number (TRN).")
            return
        self.documents.append(_document(made))

    def _is_outside(self, s, place):
        if place is None:
            self.problem(s, 0, "place", f"{s.id} stands where it does not belong.")
        return place is None


def _document(made):
    payer, payee = made["payer"], made["payee"]
    nowhere = Address(street="", city="", state="", zip="")
    return RemittanceDocument(
        trace=made["trace"], paid_on=made["paid_on"] or date.min, method=made["method"], total_cents=made["total_cents"],
        payer=Payer(name=payer.get("name", ""), id=payer.get("id", ""), filing="", tax_id=made["tax_id"]),
        payee=Organisation(
            name=payee.get("name", ""), npi=payee.get("id", "") if payee.get("kind") == "XX" else "", address=nowhere,
            tax_id=payee.get("tax_id", "") or (payee.get("id", "") if payee.get("kind") == "FI" else ""),
        ),
        claims=tuple(made["claims"]), provider_adjustments=tuple(made["plb"]), produced_on=made.get("produced_on"),
        segment=made["bpr"],
    )  # fmt: skip


def _frozen(made):
    return {name: tuple(value) if isinstance(value, list) else value for name, value in made.items()}


def _problem(segment, segment_id, element, code, sentence):
    return Problem(segment=segment, segment_id=segment_id, element=element, code=code, sentence=sentence)


def _trailers(open_):
    return " and ".join(each for each in ("SE", "GE", "IEA") if each in open_)
