"""CCLF8 (who the members are) and CCLF9 (under which identifiers they were known before).

The old claim number (HIC) is a social security number in disguise: it is never read, neither in CCLF8 nor as a former
identifier in CCLF9.
"""

from datetime import date, timedelta
from hashlib import blake2b

from ...checks import Rejected, day_number, not_before_birth, not_in_the_future, present, problem
from ...fields import CLAIM_DATE, CODE, ID, NAME, SHORT, Cached, Text, one_of, whole
from ...records import ELIGIBILITY, REFERENCE, WITHOUT_DRUGS
from ..cms_rif.beneficiary import RACE, SEX
from ..reading.shape import In, Shape
from ..tuva_csv.eligibility import DIGIT, DISABLED_REASONS, DISABLED_STATUSES, DUAL, ESRD_STATUSES, STATUS
from .layouts import CROSS_REFERENCE, DELIMITED_ONLY, DEMOGRAPHICS

AGE = Cached(whole(0, 150))
ADDRESS = Text(200)
ONE_DAY = timedelta(days=1)
# HICN_MBI_XREF_IND: M a former Medicare beneficiary identifier, H a former claim number.
KIND = Cached(one_of({"": "", "M": "M", "H": "H"}))

INPUTS = (
    In("BENE_MBI_ID", ID, needed=True),
    In("BENE_DOB", CLAIM_DATE, needed=True),
    In("BENE_SEX_CD", SEX),
    In("BENE_RACE_CD", RACE),
    In("BENE_AGE", AGE),
    In("BENE_MDCR_STUS_CD", STATUS),
    In("BENE_DUAL_STUS_CD", DUAL),
    In("BENE_DEATH_DT", CLAIM_DATE),
    In("BENE_RNG_BGN_DT", CLAIM_DATE),
    In("BENE_RNG_END_DT", CLAIM_DATE),
    In("BENE_1ST_NAME", NAME),
    In("BENE_MIDL_NAME", NAME),
    In("BENE_LAST_NAME", NAME),
    In("BENE_ORGNL_ENTLMT_RSN_CD", DIGIT),
    In("BENE_PART_A_ENRLMT_BGN_DT", CLAIM_DATE),
    In("BENE_PART_B_ENRLMT_BGN_DT", CLAIM_DATE),
    In("BENE_LINE_1_ADR", ADDRESS),
    In("BENE_LINE_2_ADR", ADDRESS),
    In("GEO_ZIP_PLC_NAME", NAME),
    In("GEO_USPS_STATE_CD", CODE),
    In("GEO_ZIP5_CD", SHORT),
    In("GEO_ZIP4_CD", SHORT),
    In("BENE_ZIP_CD", SHORT),
    In("FILE_DATE", CLAIM_DATE),
)


def build(values, seen):
    """The spans of Medicare part A or B, without drug coverage, of which the feed says nothing; days in hospice apart.

    From the earlier of the first days of parts A and B to death. All rows of a line are one statement: a later file's
    replaces it whole. The version is the day of FILE_DATE; in fixed width a file has no date of its own, and the version is
    the latest day that the line tells of (the last birthday, death, hospice): the file is no older.
    """
    (mbi, born_on, _, _, age, _, _, died_on, hospice_on, hospice_until) = values[:10]
    _check(values, seen)
    if born_on is None:
        seen.notes["no_birth_date"] += 1
    told = (_birthday(born_on, age), died_on, hospice_on, hospice_until)
    version = day_number(values[23] or max((day for day in told if day and day <= seen.today), default=None))
    begun = [day for day in values[14:16] if day is not None]
    spans = _spans(min(begun), died_on, hospice_on, hospice_until) if begun else []
    seen.notes["identity_only"] += not spans
    found = [_row(values, version, span) for span in spans or [None]]
    digest = blake2b(repr(found).encode(), digest_size=8).hexdigest()
    return tuple((*row[:-1], f"medicare:{digest}") for row in found)


def _birthday(born_on, age):
    if born_on is None or age is None:
        return None
    year = born_on.year + age
    return date(year, born_on.month, 28 if (born_on.month, born_on.day) == (2, 29) else born_on.day)


def _spans(first, last, hospice_on, hospice_until):
    """[(first day, last day or None, is hospice)], in order."""
    if last is not None and last < first:
        return []
    end = date.max if last is None else last
    if hospice_on is None or hospice_on > end or (hospice_until or end) < first:
        return [(first, last, False)]
    hospice_on, hospice_until = max(hospice_on, first), min(hospice_until or end, end)
    parts = [(first, hospice_on - ONE_DAY, False)] if hospice_on > first else []
    parts.append((hospice_on, None if hospice_until == date.max else hospice_until, True))
    return [*parts, (hospice_until + ONE_DAY, last, False)] if hospice_until < end else parts


def _check(values, seen):
    problems = []
    (mbi, born_on, *_) = values
    died_on, hospice_on, hospice_until = values[7:10]
    present(problems, "BENE_MBI_ID", mbi)
    not_in_the_future(problems, "BENE_DOB", born_on, seen.today)
    not_in_the_future(problems, "BENE_DEATH_DT", died_on, seen.today)
    not_before_birth(problems, "BENE_DEATH_DT", died_on, born_on)
    for name, day in (("BENE_PART_A_ENRLMT_BGN_DT", values[14]), ("BENE_PART_B_ENRLMT_BGN_DT", values[15])):
        not_before_birth(problems, name, day, born_on and born_on.replace(day=1))
    if hospice_on and hospice_until and hospice_until < hospice_on:
        not_before = "is before BENE_RNG_BGN_DT."
        problems.append(problem("BENE_RNG_END_DT", "end_before_start", not_before))
    if problems:
        raise Rejected(problems)


def _row(values, version, span):
    (mbi, born_on, sex, race, _, status, dual, died_on, _, _, first, middle, last, reason) = values[:14]
    (line_1, line_2, city, state, zip_5, zip_4, zip_code) = values[16:23]
    starts_on, ends_on, is_hospice = span or (None, None, False)
    street = ", ".join(filter(None, (line_1, line_2)))[:200]
    zip_whole = f"{zip_5}-{zip_4}" if zip_5 and zip_4 else zip_5 or zip_code
    return (
        (mbi, "", mbi, sex, race, "", born_on, died_on, starts_on, ends_on, "medicare")
        + (WITHOUT_DRUGS if span else "", "", "", reason, dual, status, "", is_hospice)
        + (status in ESRD_STATUSES, False, reason in DISABLED_REASONS or status in DISABLED_STATUSES, None, "", "")
        + (first, middle, last, "", street, city, state, zip_whole, "", "", version, "", "")
    )


def build_reference(values, seen):
    """A former identifier as a second id of the member, without days. `person_id` holds it; both are one person
    (identity_rules.py), whichever of the two, their claims and this line comes first."""
    kind, current, previous, _ = values
    if kind == "H":
        seen.notes["former_claim_number"] += 1
        return ()
    problems = []
    present(problems, "CRNT_NUM", current)
    present(problems, "PRVS_NUM", previous)
    present(problems, "HICN_MBI_XREF_IND", kind)
    if problems:
        raise Rejected(problems)
    if current == previous:
        seen.notes["same_identifier"] += 1
        return ()
    return (
        (current, previous, "", "unknown", "", "", None, None, None, None, "medicare", "", "", "", "", "", "", "")
        + (None, None, None, None, None, "", "", "", "", "", "", "", "", "", "", "", "", None, REFERENCE, ""),
    )


DEMOGRAPHICS_SHAPE = Shape(
    code=DEMOGRAPHICS.code,
    layout=ELIGIBILITY,
    inputs=INPUTS,
    build=build,
    known=(*DEMOGRAPHICS.names, *DELIMITED_ONLY),
    extras=frozenset(DELIMITED_ONLY),
)
CROSS_REFERENCE_SHAPE = Shape(
    code=CROSS_REFERENCE.code,
    layout=ELIGIBILITY,
    inputs=(
        In("HICN_MBI_XREF_IND", KIND, needed=True),
        In("CRNT_NUM", ID, needed=True),
        In("PRVS_NUM", ID, needed=True),
        In("FILE_NAME", SHORT),
    ),
    build=build_reference,
    known=(*CROSS_REFERENCE.names, *DELIMITED_ONLY),
    extras=frozenset(DELIMITED_ONLY),
)
