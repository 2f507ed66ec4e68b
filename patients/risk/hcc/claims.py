"""Diagnoses that count for risk adjustment, with the claims behind them.

CMS' filter: hospital inpatient claims; hospital outpatient claims and professional ones with at least one eligible CPT or HCPCS
number. Claims of nursing homes, home health, hospice and equipment do not count. All diagnoses of a claim that counts do. The
year of a claim is that of its last day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from carecoord.kernel.periods import day_number
from patients.claims.models import Diagnosis, MedicalEvent, Standing

from . import library
from .years import PaymentYear

INPATIENT_BILLS = frozenset(["11", "41"])
OUTPATIENT_BILLS = frozenset(["12", "13", "43", "71", "73", "76", "77", "85", "87"])
"""First two digits of the type of bill, without the leading zero: as hccinfhir's filter has them (a test compares)."""
NEVER = frozenset(["snf", "hha", "hospice", "dme"])
LONGEST_CLAIM_DAYS = 400


@dataclass
class Found:
    """`codes`: diagnosis -> [(event id, day)], oldest first. `left_out`: (why, diagnosis) -> on how many claims it did not count."""

    codes: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    left_out: Counter = field(default_factory=Counter)


@dataclass
class Claim:
    """Lines of one claim, put together."""

    setting: str
    bill: str
    last_on: date
    has_service: bool
    is_eligible: bool


def risk_adjustable(*, payer, patient_ids: Sequence[int], year: PaymentYear, as_of: date) -> dict[int, Found]:
    """patient -> Found, of claims that ended in the service year and not after `as_of`. Only people with a diagnosis are in it."""
    first, last = date(year.service_year, 1, 1), min(as_of, date(year.service_year, 12, 31))
    facts = Diagnosis.objects.filter(payer=payer, patient__in=patient_ids, day__lte=day_number(last))
    facts = facts.filter(day__gt=day_number(first) - LONGEST_CLAIM_DAYS).order_by(
        "patient_id", "day", "event_id", "code"
    )
    rows = list(facts.values_list("patient_id", "event_id", "day", "code"))
    claims = _claims(payer, {event_id for _, event_id, _, _ in rows}, library.services(year.services))
    found: dict[int, Found] = defaultdict(Found)
    for patient_id, event_id, day, code in rows:
        claim = claims.get(event_id)
        if claim is None or not first <= claim.last_on <= last:
            continue
        if why := _why_not(claim):
            found[patient_id].left_out[why, code] += 1
        else:
            found[patient_id].codes[code].append((event_id, day))
    return dict(found)


def _why_not(claim: Claim) -> str:
    """'' when its diagnoses count, else a code."""
    if claim.setting in NEVER:
        return f"setting_{claim.setting}"
    if claim.bill in INPATIENT_BILLS or (not claim.bill and claim.setting == "inpatient"):
        return ""
    if claim.bill and claim.bill not in OUTPATIENT_BILLS:
        return "bill_type"
    if not claim.has_service:
        return "no_service_code"
    return "" if claim.is_eligible else "no_eligible_service"


def _claims(payer, event_ids: Iterable[int], eligible: frozenset[str]) -> dict[int, Claim]:
    """event id -> the claim that it is a line of."""
    lines = MedicalEvent.objects.filter(payer=payer)
    of_record: dict[str, list[int]] = defaultdict(list)
    for event_id, record_id in lines.filter(pk__in=event_ids).values_list("pk", "record_id"):
        of_record[record_id].append(event_id)
    in_force = lines.filter(record_id__in=list(of_record), is_withdrawn=False, standing=Standing.PAID)
    asked = ("record_id", "setting", "bill_type", "hcpcs", "starts_on", "ends_on")
    claims: dict[str, Claim] = {}
    for record_id, setting, bill, service, starts_on, ends_on in in_force.order_by("pk").values_list(*asked):
        claim = claims.setdefault(record_id, Claim(setting, "", starts_on, False, False))
        claim.bill = claim.bill or _bill(bill)
        claim.last_on = max(claim.last_on, ends_on or starts_on)
        claim.has_service |= bool(service)
        claim.is_eligible |= service in eligible
    return {
        event_id: claims[record_id] for record_id, ids in of_record.items() if record_id in claims for event_id in ids
    }


def _bill(text: str) -> str:
    """'11' of 0111, 111 or 11X."""
    text = text.strip().upper()
    return (text.removeprefix("0") if len(text) == 4 else text)[:2]
