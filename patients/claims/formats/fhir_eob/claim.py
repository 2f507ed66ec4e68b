"""What claims of all types share: ids, member, days, and what the claim does to others.

Version. A claim's version is the day number of its payment (`payment.date`), else of its processing (Blue Button's
`fi_clm_proc_dt` or `nch_wkly_proc_dt`), else of `created`. Not `meta.lastUpdated`: servers touch it without a change of the
claim, and a claim that is delivered again unchanged has to be known again. Nor `created` where one of the others is there:
Blue Button writes the time of the request into it. A reversal without a day of payment or processing has no version, so
that it acts on the claim as it was first told: `created` is still the claim's own there.

Reversal. `status` cancelled or entered-in-error, a relation `replacedby`, a deleted drug event (`adjstmt_dltn_cd` D), a
frequency of 8, a credit (`carr_clm_entry_cd` 3, `fi_clm_actn_cd` 2 or 4): transaction B2. A frequency of 8 reverses the
claim that it names as prior; the others reverse the claim itself. Else a claim that names a prior one replaces it: B3.
"""

import re
from dataclasses import dataclass, field

from ...checks import day_number
from ...fields import CODE, DATE, ID, MOMENT
from .element import code_of, tail
from .money import amounts_of, money
from .people import id_part, member_of, types_of

CLAIM_SYSTEMS = ("pde_id", "clm_id")
NO_CLAIM_SYSTEMS = frozenset({"claim-group", "rx_srvc_rfrnc_num"})
GONE = frozenset({"cancelled", "entered-in-error"})
STATUSES = GONE | {"active", "draft"}
CANCELLING = {"adjstmt_dltn_cd": ("D",), "carr_clm_entry_cd": ("3",), "fi_clm_actn_cd": ("2", "4")}
BLUE_BUTTON_ID = re.compile(r"(?:carrier|dme|hha|hospice|inpatient|outpatient|snf|pde)-(-?[0-9]+)")
VOID = "8"


@dataclass(slots=True)
class Claim:
    """The head of a claim. `info` is supportingInfo by the words of its category, `extensions` those of the resource."""

    eob: object
    claim_id: str = ""
    member_id: str = ""
    person_id: str = ""
    starts_on: object = None
    ends_on: object = None
    paid_on: object = None
    version: object = None
    transaction: str = "B1"
    original_claim_id: str = ""
    info: dict = field(default_factory=dict)
    extensions: dict = field(default_factory=dict)
    totals: object = None
    is_denied: bool = False
    is_in_network: object = None

    def code(self, *names):
        """The code of the first of these that is told, as supporting information or as an extension."""
        for name in names:
            if name in self.info:
                told = self.info[name]
                value = told.checked("code", code_of(told, "code"), CODE)
            else:
                value = self._extended(name)
            if value:
                return value
        return ""

    def _extended(self, name):
        told = self.extensions.get(name)
        return "" if told is None else told.part("valueCoding").read("code", CODE)

    def number(self, name, reader):
        """The number of a quantity that is told as supporting information."""
        return self.info[name].part("valueQuantity").number("value", reader) if name in self.info else None

    @property
    def identity(self):
        return {"claim_id": self.claim_id, "member_id": self.member_id, "person_id": self.person_id}

    @property
    def standing(self):
        return {
            "paid_on": self.paid_on,
            "transaction": self.transaction,
            "original_claim_id": self.original_claim_id,
            "version": self.version,
            "is_reversal": self.transaction == "B2",
        }


def head_of(eob):
    """The Claim of an ExplanationOfBenefit, faults noted on the resource."""
    claim = Claim(eob)
    if eob.string("status") not in STATUSES:
        eob.fault("status", "unknown_code", f"is not one of {', '.join(sorted(STATUSES))}.")
    claim.claim_id = claim_id_of(eob)
    if not claim.claim_id:
        eob.fault("identifier", "missing", "has no claim id, and neither has the resource.")
    claim.member_id, claim.person_id = member_of(eob, "patient")
    period = eob.part("billablePeriod")
    claim.starts_on, claim.ends_on = period.read("start", MOMENT), period.read("end", MOMENT)
    claim.extensions = eob.extensions()
    claim.info = _information(eob)
    header = amounts_of(*eob.many("adjudication"))
    claim.totals = amounts_of(*eob.many("total"))
    claim.is_denied = header.is_denied or claim.totals.is_denied or eob.string("outcome") == "error"
    claim.is_in_network = header.is_in_network
    for what, cents in header.items():
        claim.totals.setdefault(what, cents)
    _settle(claim)
    return claim


def claim_id_of(eob):
    """The identifier of Blue Button's claim or event, else the first unique claim id (type uc), else the resource's id."""
    by_system, unique = {}, []
    for identifier in eob.many("identifier"):
        system = tail(identifier.string("system"))
        by_system.setdefault(system, identifier)
        if system not in NO_CLAIM_SYSTEMS and "uc" in types_of(identifier):
            unique.append(identifier)
    found = [by_system[system] for system in CLAIM_SYSTEMS if system in by_system] + unique
    return next(filter(None, (one.read("value", ID) for one in found)), "") or eob.read("id", ID)


def _information(eob):
    """supportingInfo by each word of its category. The older release calls it information."""
    found = {}
    for one in eob.many("supportingInfo" if "supportingInfo" in eob.data else "information"):
        for _, code in one.codings("category"):
            found.setdefault(tail(code), one)
    return found


def _settle(claim):
    """Day of payment, version, and what the claim does to itself or to another."""
    eob = claim.eob
    payment = eob.part("payment")
    claim.paid_on = payment.read("date", MOMENT) or _processed_on(claim)
    prior, is_replaced = _relations(eob)
    frequency = claim.code("clm_freq_cd", "typeofbill")[-1:]
    is_gone = eob.string("status") in GONE or is_replaced
    is_gone = is_gone or any(claim.code(name) in codes for name, codes in CANCELLING.items())
    if is_gone:
        claim.transaction = "B2"
    elif frequency == VOID:
        claim.transaction, claim.original_claim_id = "B2", prior
    elif prior and prior != claim.claim_id:
        claim.transaction, claim.original_claim_id = "B3", prior
    is_reversal = claim.transaction == "B2"
    claim.version = day_number(claim.paid_on or (None if is_reversal else eob.loosely("created", MOMENT)))
    if "amount" in payment.data:
        claim.totals["payment"] = money(payment.part("amount"))


def _processed_on(claim):
    told = claim.extensions.get("fi_clm_proc_dt")
    if told is not None and (day := told.read("valueDate", DATE)):
        return day
    told = claim.info.get("nch_wkly_proc_dt")
    return None if told is None else told.read("timingDate", DATE)


def _relations(eob):
    """(id of the claim that this one replaces, whether another has replaced this one)."""
    prior, is_replaced = "", False
    for related in eob.many("related"):
        words = {code.casefold() for _, code in related.codings("relationship")}
        is_replaced |= "replacedby" in words
        if "prior" in words and not prior:
            prior = related.part("reference").read("value", ID) or _claim_named(related.part("claim"))
    return prior, is_replaced


def _claim_named(reference):
    """The claim id in a reference. Blue Button's resource ids are its claim ids with the type in front."""
    named = reference.part("identifier").read("value", ID)
    if not named:
        named = reference.checked("reference", id_part(reference.string("reference")), ID)
        known = BLUE_BUTTON_ID.fullmatch(named)
        named = known[1] if known else named
    return named
