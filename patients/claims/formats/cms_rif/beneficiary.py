"""Beneficiary by year (coverage month by month) and beneficiary history (former identities)."""

from datetime import date
from hashlib import blake2b

from ...checks import Rejected, not_before_birth, not_in_the_future, present
from ...fields import CMS_DATE, CODE, ID, NAME, SHORT, YEAR, Cached, Text, one_of
from ...records import ELIGIBILITY, words
from ..reading.shape import In, Shape
from .months import MONTHS, is_readable, month_of, spans
from .record import DELETE, DML, version_of

SEX = Cached(one_of({"1": "male", "2": "female"}, otherwise="unknown"))
# BENE_RACE_CD of the Medicare enrolment database (CCW codebook).
RACES = {"1": "white", "2": "black", "3": "other", "4": "asian", "5": "hispanic", "6": "native american"}
RACE = Cached(one_of(RACES | {"0": "unknown", "": ""}, otherwise="unknown"))
ESRD = Cached(one_of({"Y": True, "1": True}, otherwise=False))
ESRD_STATUSES = frozenset({"11", "21", "31"})
DISABLED_STATUSES = frozenset({"20", "21"})
DISABLED_REASONS = frozenset({"1", "3"})
# STATE_CODE is the Social Security Administration's numbering of states (CMS, SSA to FIPS state crosswalk).
SSA_STATES = dict(
    zip(
        (f"{number:02}" for number in range(1, 54)),
        words("""AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY
        NC ND OH OK OR PA PR RI SC SD TN TX UT VT VI VA WA WV WI WY"""),
        strict=True,
    )
)
ADDRESS = Text(200)
IDENTITY = (
    In("DML_IND", DML),
    In("BENE_ID", ID, needed=True, checked=("missing",)),
    In("MBI_NUM", ID),
    In("BENE_SEX_IDENT_CD", SEX),
    In("BENE_RACE_CD", RACE),
    In("BENE_BIRTH_DT", CMS_DATE, needed=True, checked=("in_the_future",)),
    In("DEATH_DT", CMS_DATE, checked=("before_birth", "in_the_future")),
    In("BENE_ENTLMT_RSN_ORIG", CODE),
    In("BENE_MDCR_STATUS_CD", CODE),
    In("BENE_ESRD_IND", ESRD),
    In("BENE_GVN_NAME", NAME),
    In("BENE_MDL_NAME", NAME),
    In("BENE_SRNM_NAME", NAME),
    In("DRVD_LINE_1_ADR", ADDRESS),
    In("CITY_NAME", NAME),
    In("STATE_CD", SHORT),
    In("STATE_CODE", SHORT),
    In("BENE_ZIP_CD", SHORT),
    In("STATE_CNTY_ZIP_CD", SHORT),
    In("EFCTV_BGN_DT", CMS_DATE),
)
WIDTH = len(IDENTITY)
BY_MONTH = (
    "PTD_CNTRCT_{month}_ID",
    "PTD_PBP_{month}_ID",
    "MDCR_ENTLMT_BUYIN_{number}_IND",
    "META_DUAL_ELGBL_STUS_{month}_CD",
    "CST_SHR_GRP_{month}_CD",
    "MDCR_STUS_{month}_CD",
)
MONTHLY = tuple(
    In(name.format(month=month, number=number), CODE) for number, month in enumerate(MONTHS, 1) for name in BY_MONTH
)


def build_year(values, seen):
    """One row a span of months with equal coverage; a row without dates when the year has none or is deleted.

    Part D months carry contract and PBP; months with part A or B only are spans of the plan WITHOUT_DRUGS. Kidney
    failure and disability come from the month's Medicare status, else from the year's; BENE_ESRD_IND counts at all times.
    The version is the last day of the reference year, so that later years say who the person is. All rows of a line
    are one statement about the year: what another line says of that year replaces it whole, or is replaced.
    """
    dml, year = values[0], values[WIDTH]
    _check(values, seen)
    yearly = values[8]
    codes = values[WIDTH + 1 :]
    size = len(BY_MONTH)
    months = [month_of(*codes[start : start + size], yearly_status=yearly) for start in range(0, len(codes), size)]
    seen.notes["part_d_contract_unreadable"] += sum(not is_readable(contract) for contract in codes[::size])
    covered = [month for month in months if month.plan]
    if yearly in ESRD_STATUSES and covered and all(month.medicare_status not in ESRD_STATUSES for month in covered):
        seen.notes["esrd_sources_disagree"] += 1
    if year is None:
        seen.notes["no_reference_year"] += 1
        return (_row(values, None, version_of(values[19], dml)),)
    version = version_of(date(year, 12, 31), dml)
    found = [] if dml == DELETE else spans(year, months, died_on=values[6])
    seen.notes["no_coverage_months"] += not found and dml != DELETE
    rows = [_row(values, span, version) for span in found or [None]]
    digest = blake2b(repr(rows).encode(), digest_size=8).hexdigest()
    return tuple((*row[:-1], f"{year}:{digest}") for row in rows)


def build_history(values, seen):
    """One row a line: an identity that the person had, without coverage. The version is the day it began to hold."""
    _check(values, seen)
    seen.notes["identity_only"] += 1
    return (_row(values, None, version_of(values[19], values[0])),)


def _check(values, seen):
    problems = []
    present(problems, "BENE_ID", values[1])
    not_in_the_future(problems, "BENE_BIRTH_DT", values[5], seen.today)
    not_in_the_future(problems, "DEATH_DT", values[6], seen.today)
    not_before_birth(problems, "DEATH_DT", values[6], values[5])
    if problems:
        raise Rejected(problems)
    if values[5] is None:
        seen.notes["no_birth_date"] += 1


def _row(values, span, version):
    """The clean row. The old claim number (HIC) is a social security number in disguise: it is never read."""
    (_, bene_id, mbi, sex, race, born_on, died_on, reason, yearly_status, is_esrd, given, middle, last) = values[:13]
    (address, city, state, ssa_state, zip_code, long_zip) = values[13:19]
    month = span.month if span else None
    status = month.medicare_status if month else yearly_status
    return (
        (bene_id, "", mbi, sex, race, "", born_on, died_on, span and span.starts_on, span and span.ends_on, "medicare")
        + ((month.plan, month.contract, month.pbp) if month else ("", "", ""))
        + (reason, month.dual_status if month else "", status, month.low_income if month else "")
        + (False, is_esrd or status in ESRD_STATUSES, False, reason in DISABLED_REASONS or status in DISABLED_STATUSES)
        + (None, "", "", given, middle, last, "", address, city, state or SSA_STATES.get(ssa_state, ssa_state))
        + (zip_code or long_zip, "", "", version, "", "")
    )


KNOWN_HISTORY = tuple(
    words("""DML_IND BENE_ID STATE_CODE BENE_COUNTY_CD BENE_ZIP_CD BENE_BIRTH_DT BENE_SEX_IDENT_CD BENE_RACE_CD
    BENE_ENTLMT_RSN_ORIG BENE_ENTLMT_RSN_CURR BENE_ESRD_IND BENE_MDCR_STATUS_CD BENE_PTA_TRMNTN_CD BENE_PTB_TRMNTN_CD
    BENE_CRNT_HIC_NUM BENE_SRNM_NAME BENE_GVN_NAME BENE_MDL_NAME MBI_NUM EFCTV_BGN_DT EFCTV_END_DT""")
)


def _each_month(pattern):
    return [pattern.format(month=month, number=number) for number, month in enumerate(MONTHS, 1)]


KNOWN_YEAR = (
    *KNOWN_HISTORY[:19],
    *words("DEATH_DT RFRNC_YR A_MO_CNT B_MO_CNT BUYIN_MO_CNT HMO_MO_CNT RDS_MO_CNT ENRL_SRC SAMPLE_GROUP EFIVEPCT"),
    *words("CRNT_BIC AGE COVSTART DUAL_MO_CNT"),
    *_each_month("FIPS_STATE_CNTY_{month}_CD"),
    *words("V_DOD_SW RTI_RACE_CD"),
    *_each_month("MDCR_STUS_{month}_CD"),
    "PLAN_CVRG_MO_CNT",
    *_each_month("MDCR_ENTLMT_BUYIN_{number}_IND"),
    *_each_month("HMO_{number}_IND"),
    *_each_month("PTC_CNTRCT_{month}_ID"),
    *_each_month("PTC_PBP_{month}_ID"),
    *_each_month("PTC_PLAN_TYPE_{month}_CD"),
    *_each_month("PTD_CNTRCT_{month}_ID"),
    *_each_month("PTD_PBP_{month}_ID"),
    *_each_month("PTD_SGMT_{month}_ID"),
    *_each_month("RDS_{month}_IND"),
    *_each_month("META_DUAL_ELGBL_STUS_{month}_CD"),
    *_each_month("CST_SHR_GRP_{month}_CD"),
    *(f"DRVD_LINE_{line}_ADR" for line in range(1, 7)),
    *words("CITY_NAME STATE_CD STATE_CNTY_ZIP_CD EFCTV_BGN_DT EFCTV_END_DT BENE_LINK_KEY"),
    *(f"PT{part}_CVRG_{end}_DT" for part in "ABD" for end in ("STRT", "END")),
)
BENEFICIARY_SHAPE = Shape(
    code="beneficiary",
    layout=ELIGIBILITY,
    inputs=(*IDENTITY, In("RFRNC_YR", YEAR), *MONTHLY),
    build=build_year,
    known=KNOWN_YEAR,
    extras=frozenset(f"PT{part}_CVRG_{end}_DT" for part in "ABD" for end in ("STRT", "END")),
)
BENEFICIARY_HISTORY_SHAPE = Shape(
    code="beneficiary_history",
    layout=ELIGIBILITY,
    inputs=IDENTITY,
    build=build_history,
    known=KNOWN_HISTORY,
)
