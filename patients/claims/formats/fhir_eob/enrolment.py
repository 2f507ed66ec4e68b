"""Coverage and Patient: who is covered, for what, and from when to when.

A Patient says who somebody is and has no days. A Coverage is a statement under its own id (and reference year, where Blue
Button has one): a later one with this id replaces all that it said, and one that is entered in error takes it back. The
version of both is the minute of `meta.lastUpdated`: here the newest word counts, and servers of claims touch these seldom.

Blue Button's part D says contract and plan month by month for its reference year: those months are the spans. Parts A, B
and C are spans of Medicare without drugs, from the coverage's own period, or from the months of entitlement.
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from ...checks import in_order, not_before_birth, not_in_the_future
from ...fields import CODE, DATE, ID, NAME, SHORT, YEAR, Cached, FieldFault, Text, iso_moment, one_of
from ...records import WITHOUT_DRUGS
from ..cms_rif.beneficiary import DISABLED_REASONS, DISABLED_STATUSES, ESRD_STATUSES, RACE
from ..cms_rif.months import CONTRACT, DUAL, month_of, spans
from ..tuva_csv.pharmacy_claim import PLAN_PARTS
from .element import code_of, tail
from .people import MBI_SYSTEMS, id_part, member_of, person_of
from .row import row

SEX = Cached(one_of({"male": "male", "female": "female"}, otherwise="unknown"))
ADDRESS = Text(200)
RACES = {"2106-3": "white", "2054-5": "black", "2028-9": "asian", "1002-5": "native american"}
RACES |= {"2076-8": "pacific islander", "2131-1": "other"}
ETHNICITIES = {"2135-2": "hispanic", "2186-5": "not hispanic"}
COVERAGE_STATUSES = frozenset({"active", "cancelled", "draft", "entered-in-error"})
MEDICARE_PARTS = {"part a": WITHOUT_DRUGS, "part b": WITHOUT_DRUGS, "part c": WITHOUT_DRUGS, "part d": ""}
MINUTE = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_AND_MONTH = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
MONTHS = tuple(f"{number:02}" for number in range(1, 13))


def _first_day(text):
    """A date or time; of a month or a year alone, its first day."""
    part = YEAR_AND_MONTH.fullmatch(text)
    return iso_moment(f"{part[1]}-{part[2] or '01'}-01" if part else text)


def _last_day(text):
    """A date or time, its last day of a month or a year alone; year 9999 is no end."""
    if text.startswith("9999"):
        return None
    part = YEAR_AND_MONTH.fullmatch(text)
    if not part:
        return iso_moment(text)
    month = iso_moment(f"{part[1]}-{part[2] or '12'}-28")
    return (month + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _moment(text):
    """A time with its zone -> minutes since 1970 in UTC; a date alone counts from its midnight."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FieldFault("not_a_date", "is not a time like 2026-01-31T23:59:59Z")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    minutes = (moment - EPOCH) // MINUTE
    if not 0 <= minutes < 2**31:
        raise FieldFault("out_of_range", "is out of range")
    return minutes


FIRST_DAY, LAST_DAY, UPDATED = Cached(_first_day), Cached(_last_day), Cached(_moment)


def rows_of_patient(patient, seen):
    """One row without days; another one when a Bundle addresses the Patient by a urn of another id."""
    address = id_part(patient.full_url) if patient.full_url.startswith("urn:") else ""
    address = patient.checked("id", address, ID)
    person_id = person_of(patient)
    member_id = patient.read("id", ID) or address or person_id
    if not member_id:
        patient.fault("id", "missing", "is empty, and so are the identifiers.")
    values = _who(patient, seen)
    seen.notes["identity_only"] += 1
    rows = [row("eligibility", member_id=member_id, person_id=person_id, **values)]
    if address and address != member_id:
        rows.append(row("eligibility", member_id=member_id, person_id=address, **values))
    return rows


def _who(patient, seen):
    name = _name(patient)
    given = name.texts("given", NAME)
    address = next((one for one in patient.many("address") if one.string("use") != "old"), patient.absent("address"))
    born_on, died_on = _days(patient, seen)
    extensions = patient.extensions()
    return {
        "sex": patient.read("gender", SEX),
        "race": _category(extensions, "us-core-race", RACES) or _race(extensions),
        "ethnicity": _category(extensions, "us-core-ethnicity", ETHNICITIES),
        "born_on": born_on,
        "died_on": died_on,
        "line_of_business": "medicare" if _has_mbi(patient) else "other",
        "first_name": given[0] if given else "",
        "middle_name": name.checked("given", " ".join(given[1:]), NAME),
        "last_name": name.read("family", NAME),
        "name_suffix": name.checked("suffix", " ".join(name.texts("suffix", SHORT)), SHORT),
        "address": address.checked("line", ", ".join(address.texts("line", ADDRESS)), ADDRESS),
        "city": address.read("city", NAME),
        "state": address.read("state", SHORT),
        "zip": address.read("postalCode", SHORT),
        "phone": _telecom(patient, "phone", SHORT),
        "email": _telecom(patient, "email", ADDRESS),
        "version": patient.part("meta").loosely("lastUpdated", UPDATED),
    }


def _days(patient, seen):
    """Birth and death. A year or month alone is no date of birth: it is left out and counted."""
    born = patient.data.get("birthDate")
    is_part = type(born) is str and YEAR_AND_MONTH.fullmatch(born)
    born_on = None if is_part else patient.read("birthDate", DATE)
    died_on = patient.read("deceasedDateTime", FIRST_DAY)
    seen.notes["no_birth_date"] += born_on is None
    not_in_the_future(patient.faults, patient.path("birthDate"), born_on, seen.today)
    not_in_the_future(patient.faults, patient.path("deceasedDateTime"), died_on, seen.today)
    not_before_birth(patient.faults, patient.path("deceasedDateTime"), died_on, born_on)
    return born_on, died_on


def _name(patient):
    """The official name, else the usual one, else the first that is not old."""
    names = [one for one in patient.many("name") if one.string("use") not in ("old", "maiden")]
    order = {"official": 0, "usual": 1}
    return min(names, key=lambda one: order.get(one.string("use"), 2), default=patient.absent("name"))


def _telecom(patient, system, reader):
    found = [one for one in patient.many("telecom") if one.string("system") == system and one.string("use") != "old"]
    return found[0].read("value", reader) if found else ""


def _category(extensions, name, words):
    """The word for the category of US Core's race or ethnicity; '' when it is not told."""
    told = extensions.get(name)
    nested = told.many("extension") if told is not None else ()
    codes = [
        one.part("valueCoding").string("code")
        for one in nested
        if one.string("url") == "ombCategory" and "valueCoding" in one.data
    ]
    return next((words[code] for code in codes if code in words), "")


def _race(extensions):
    told = extensions.get("race")
    return "" if told is None else told.part("valueCoding").read("code", RACE)


def _has_mbi(patient):
    return any(tail(one.string("system")) in MBI_SYSTEMS for one in patient.many("identifier"))


def rows_of_coverage(coverage, seen):
    """One row a span; one row without days for a coverage that is taken back or whose days are not told."""
    status = coverage.string("status")
    if status not in COVERAGE_STATUSES:
        coverage.fault("status", "unknown_code", f"is not one of {', '.join(sorted(COVERAGE_STATUSES))}.")
    if status == "draft":
        seen.notes["not_final"] += 1
        return []
    member_id, person_id = member_of(coverage, "beneficiary")
    extensions, classes = coverage.extensions(), _classes(coverage)
    year = extensions["rfrnc_yr"].read("valueDate", YEAR) if "rfrnc_yr" in extensions else None
    told = {"member_id": member_id, "person_id": person_id, **_told(coverage, extensions, classes)}
    found = [] if status == "entered-in-error" else _spans(coverage, extensions, told["plan"], year, status)
    seen.notes["coverage_without_days"] += not found
    rows = [row("eligibility", **(told | span)) for span in found or [{}]]
    coverage_id = _coverage_id(coverage)
    if not coverage_id:
        return rows
    digest = blake2b(repr(rows).encode("utf-8", "replace"), digest_size=8).hexdigest()
    key = f"{coverage_id}/{year}" if year else coverage_id
    return [(kind, (*values[:-1], f"{key.replace(':', '/')}:{digest}")) for kind, values in rows]


def _coverage_id(coverage):
    """The resource's id, else its address in a Bundle."""
    return coverage.read("id", ID) or coverage.checked("id", id_part(coverage.full_url), ID)


def _told(coverage, extensions, classes):
    """What a coverage says for all of its days."""
    group = classes.get("group") or coverage.absent("class")
    plan = classes["plan"].read("value", SHORT) if "plan" in classes else ""
    plan = plan or coverage.part("grouping").read("subPlan", SHORT)  # the older release
    reason, status = _coded(extensions, "orec"), _coded(extensions, "ms_cd")
    part = MEDICARE_PARTS.get(plan.casefold())
    contract, pbp = PLAN_PARTS[plan]
    dual = [_coded(extensions, f"dual_{month}") for month in MONTHS]
    return {
        "subscriber_id": coverage.read("subscriberId", ID),
        "sex": "unknown",
        "line_of_business": _line_of_business(coverage, classes, is_medicare=part is not None or bool(contract)),
        "plan": plan if part is None else part,
        "contract": contract,
        "pbp": pbp,
        "original_reason": reason,
        "dual_status": next((code for code in reversed(dual) if code in DUAL), ""),
        "medicare_status": status,
        "is_hospice": False,
        "is_esrd": status in ESRD_STATUSES or _coded(extensions, "esrd_ind") == "Y",
        "is_institutional": False,
        "is_disabled": reason in DISABLED_REASONS or status in DISABLED_STATUSES,
        "group_id": "" if part is not None else group.read("value", SHORT),
        "group_name": "" if part is not None else group.read("name", NAME),
        "version": coverage.part("meta").loosely("lastUpdated", UPDATED),
    }


def _classes(coverage):
    """The classes of a coverage by type."""
    found = {}
    for one in coverage.many("class"):
        for _, code in one.codings("type"):
            found.setdefault(code.casefold(), one)
    return found


def _coded(extensions, name):
    told = extensions.get(name)
    return "" if told is None else told.part("valueCoding").read("code", CODE)


def _line_of_business(coverage, classes, *, is_medicare):
    """By contract or part; else by the payer typology (1 Medicare, 2 Medicaid, 5 and 6 commercial); else by its words."""
    if is_medicare:
        return "medicare"
    kind = coverage.part("type")
    typology = code_of(kind, "", "sopt", "2.16.840.1.113883.3.221.5")
    if typology[:1] in {"1", "2", "5", "6"}:
        return {"1": "medicare", "2": "medicaid"}.get(typology[0], "commercial")
    words = [kind.string("text"), *(one.string("display") for one in kind.many("coding"))]
    words += [one.string(name) for one in classes.values() for name in ("name", "value")]
    text = " ".join(words).casefold()
    return next((word for word in ("medicare", "medicaid", "commercial") if word in text), "other")


def _spans(coverage, extensions, plan, year, status):
    """The days of a coverage, as values of the layout. Cancelled without an end: it ended on a day that nobody tells."""
    monthly = _monthly(extensions, year, plan) if year else []
    if monthly and not plan:
        return monthly
    period = coverage.part("period")
    starts_on, ends_on = period.read("start", FIRST_DAY), period.read("end", LAST_DAY)
    in_order(coverage.faults, period.path("end"), starts_on, ends_on, earlier="the first day")
    if starts_on is None:
        return monthly
    return [] if status == "cancelled" and ends_on is None else [{"starts_on": starts_on, "ends_on": ends_on}]


def _monthly(extensions, year, plan):
    """Spans of equal months of Blue Button's reference year."""
    months = []
    for month in MONTHS:
        contract = _coded(extensions, f"ptdcntrct{month}")
        is_in_part_c = CONTRACT.fullmatch(_coded(extensions, f"ptc_cntrct_id_{month}"))
        entitlement = _coded(extensions, f"buyin{month}") or ("3" if is_in_part_c else "")
        months.append(
            month_of(
                "" if plan else contract,
                _coded(extensions, f"ptdpbpid{month}"),
                entitlement if plan == WITHOUT_DRUGS else "",
                _coded(extensions, f"dual_{month}"),
                _coded(extensions, f"cstshr{month}"),
                "",
                yearly_status="",
            )
        )
    return [
        {
            "starts_on": span.starts_on,
            "ends_on": span.ends_on,
            **{name: getattr(span.month, name) for name in ("plan", "contract", "pbp", "dual_status", "low_income")},
        }
        for span in spans(year, months, died_on=None)
    ]
