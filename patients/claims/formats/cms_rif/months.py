"""From twelve months of codes to spans of equal coverage."""

import calendar
import re
from datetime import date
from typing import NamedTuple

from ...records import WITHOUT_DRUGS, words

MONTHS = words("JAN FEB MAR APR MAY JUN JUL AUG SEPT OCT NOV DEC")
CONTRACT = re.compile(r"[A-Z][0-9]{4}")
NOT_ENROLLED = frozenset({"", "0", "N", "X", "*", "00000"})  # PTD_CNTRCT: 0 not in Medicare, N not in Part D
ENTITLED = frozenset("123ABC")  # MDCR_ENTLMT_BUYIN: part A, B or both, without or with state buy-in; 0 not entitled
DUAL = frozenset(words("01 02 03 04 05 06 08 09"))  # META_DUAL: Medicaid together with Medicare; NA, 00, 99, ** none
LOW_INCOME = frozenset(words("01 02 03 04 05 06 07 08"))  # CST_SHR_GRP: deemed or approved for the subsidy; 09+ none
STATUSES = frozenset(words("10 11 20 21 31"))


class Month(NamedTuple):
    """What must be equal for two months to belong to one span; plan '' is a month without coverage."""

    plan: str
    contract: str
    pbp: str
    dual_status: str
    low_income: str
    medicare_status: str


class Span(NamedTuple):
    starts_on: date
    ends_on: date
    month: Month


def month_of(contract, pbp, entitlement, dual, cost_share, status, *, yearly_status):
    """One month from its codes. A month's own Medicare status counts before the year's."""
    dual_status = dual if dual in DUAL else ""
    medicare_status = status if status in STATUSES else yearly_status
    if CONTRACT.fullmatch(contract):
        low_income = cost_share if cost_share in LOW_INCOME else ""
        plan = f"{contract}-{pbp}" if pbp else contract
        return Month(plan, contract, pbp, dual_status, low_income, medicare_status)
    if entitlement in ENTITLED:
        return Month(WITHOUT_DRUGS, "", "", dual_status, "", medicare_status)
    return Month("", "", "", "", "", "")


def is_readable(contract):
    """False for a contract code that is neither a contract number nor a known way to say "not enrolled"."""
    return contract in NOT_ENROLLED or CONTRACT.fullmatch(contract) is not None


def spans(year, months, *, died_on):
    """Contiguous equal months as spans from first to last day, cut at death; months after death are left out."""
    found = []
    for number, month in enumerate(months, 1):
        starts_on = date(year, number, 1)
        ends_on = date(year, number, calendar.monthrange(year, number)[1])
        if not month.plan or (died_on is not None and died_on < starts_on):
            continue
        if died_on is not None:
            ends_on = min(ends_on, died_on)
        last = found[-1] if found else None
        if last and last.month == month and last.ends_on.month == number - 1:
            found[-1] = Span(last.starts_on, ends_on, month)
        else:
            found.append(Span(starts_on, ends_on, month))
    return found
