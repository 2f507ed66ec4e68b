"""Tuva eligibility: one row a span of enrolment. Social security numbers are never read."""

from ...checks import Rejected, in_order, not_before_birth, not_in_the_future, present
from ...fields import DATE, END_DATE, FLAG, ID, NAME, SHORT, Cached, Text, code, one_of, tells
from ...records import ELIGIBILITY, words
from ..reading.shape import In, Shape
from .pharmacy_claim import PLAN_PARTS

SEX = Cached(one_of({"male": "male", "m": "male", "female": "female", "f": "female"}, otherwise="unknown"))
LINE_OF_BUSINESS = Cached(
    one_of(
        {"medicare": "medicare", "medicare advantage": "medicare", "medicare part d": "medicare"}
        | {"medicaid": "medicaid", "commercial": "commercial"},
        otherwise="other",
    )
)
_code = code(20)


@tells("code of one or two digits", "10", *_code.told.faults)
def two_digits(text):
    """Status codes that a spreadsheet wrote as numbers: `2.0` and `2` -> `02`; `0` -> `00`; '' -> ''."""
    number = text.removesuffix(".0")
    return _code(number.zfill(2) if number.isascii() and number.isdigit() else text)


@tells("code of one digit", "1", *_code.told.faults)
def one_digit(text):
    """`1.0` -> `1`; '' -> ''."""
    return _code(text.removesuffix(".0"))


@tells("code of two digits; empty, 00, 99 or NA for none", "02", *_code.told.faults)
def no_dual(text):
    """Dual status 01 to 09 (CMS); 00, NA, 99 and '' mean none: ''."""
    status = two_digits(text)
    return "" if status in {"00", "NA", "99", "**"} else status


@tells("code of one digit; empty, 0 or N for none", "1", *_code.told.faults)
def low_income_level(text):
    """Low-income subsidy as given; 0, N, NO and '' mean none: ''."""
    level = one_digit(text)
    return "" if level in {"0", "00", "N", "NO", "FALSE"} else level


STATUS = Cached(two_digits)
DIGIT = Cached(one_digit)
DUAL = Cached(no_dual)
LOW_INCOME = Cached(low_income_level)
ADDRESS = Text(200)
ESRD_STATUSES = frozenset({"11", "21", "31"})  # Medicare status: aged, disabled, or neither, with kidney failure
DISABLED_STATUSES = frozenset({"20", "21"})
DISABLED_REASONS = frozenset({"1", "3"})  # original reason for entitlement: disability, or both with kidney failure

INPUTS = (
    In("member_id", ID, checked=("missing",)),
    In("person_id", ID),
    In("subscriber_id", ID),
    In("gender", SEX),
    In("race", SHORT),
    In("ethnicity", SHORT),
    In("birth_date", DATE, checked=("in_the_future",)),
    In("death_date", DATE, checked=("before_birth", "in_the_future")),
    In("enrollment_start_date", DATE, needed=True, checked=("before_birth", "missing")),
    In("enrollment_end_date", END_DATE, checked=("end_before_start",)),
    In("payer_type", LINE_OF_BUSINESS),
    In("plan", SHORT),
    In("original_reason_entitlement_code", DIGIT),
    In("dual_status_code", DUAL),
    In("medicare_status_code", STATUS),
    In("low_income_subsidy_indicator", LOW_INCOME),
    In("hospice_flag", FLAG),
    In("esrd_status", DIGIT),
    In("enrollment_status", SHORT),
    In("long_term_institutional_flag", FLAG),
    In("at_risk_beneficiary_flag", FLAG),
    In("group_id", SHORT),
    In("group_name", NAME),
    In("first_name", NAME),
    In("middle_name", NAME),
    In("last_name", NAME),
    In("name_suffix", SHORT),
    In("address", ADDRESS),
    In("city", NAME),
    In("state", SHORT),
    In("zip_code", SHORT),
    In("phone", SHORT),
    In("email", ADDRESS),
    In("data_source", SHORT),
)
EXTRAS = frozenset(
    words(
        "institutional_snp_flag snp_type medicaid_indicator part_d_raf_type low_income_subsidy_indicator "
        "metal_level csr_indicator enrollment_duration_months esrd_status transplant_duration_months "
        "enrollment_status hospice_flag long_term_institutional_flag at_risk_beneficiary_flag"
    )
)
KNOWN = (
    *words("person_id member_id subscriber_id gender race birth_date death_date death_flag enrollment_start_date"),
    *words("enrollment_end_date payer payer_type plan original_reason_entitlement_code dual_status_code"),
    *words("medicare_status_code group_id group_name name_suffix first_name middle_name last_name"),
    *words("social_security_number subscriber_relation address city state zip_code phone email ethnicity"),
    *words("data_source file_name file_date ingest_datetime enrollment_status hospice_flag institutional_snp_flag"),
    *words("snp_type medicaid_indicator long_term_institutional_flag part_d_raf_type low_income_subsidy_indicator"),
    *words("metal_level csr_indicator enrollment_duration_months esrd_status transplant_duration_months"),
)


def build(values, seen):
    """One row a line. `version` is None: an enrolment file states no processing date of its own.

    ESRD: Medicare status 11, 21 or 31, an ESRD status other than 0, or the enrolment status "ESRD". Institutional: the
    long-term flag or the enrolment status "Institutional"; membership of an institutional special-needs plan alone is
    not enough, because such plans also enrol people who live at home. At risk: as the plan says, under its drug management programme
    (42 CFR 423.100); nothing told is the same as no.
    """
    (member_id, person_id, subscriber_id, sex, race, ethnicity, born_on, died_on, starts_on, ends_on) = values[:10]
    (line_of_business, plan, reason, dual, status, low_income) = values[10:16]
    (is_hospice, esrd, enrolment, is_long_term, is_at_risk) = values[16:21]
    problems = []
    present(problems, "member_id", member_id or person_id)
    present(problems, "enrollment_start_date", starts_on)
    in_order(problems, "enrollment_end_date", starts_on, ends_on, earlier="enrollment_start_date")
    not_in_the_future(problems, "birth_date", born_on, seen.today)
    not_in_the_future(problems, "death_date", died_on, seen.today)
    not_before_birth(problems, "death_date", died_on, born_on)
    # Coverage that begins with the month of birth is ordinary.
    not_before_birth(problems, "enrollment_start_date", starts_on, born_on and born_on.replace(day=1))
    if problems:
        raise Rejected(problems)
    if not member_id:
        seen.notes["member_id_from_person_id"] += 1
    if born_on is None:
        seen.notes["no_birth_date"] += 1
    is_esrd = status in ESRD_STATUSES or esrd not in {"", "0", "N"} or enrolment.casefold() == "esrd"
    is_institutional = is_long_term or enrolment.casefold() == "institutional"
    is_disabled = reason in DISABLED_REASONS or status in DISABLED_STATUSES
    contract, pbp = PLAN_PARTS[plan]
    (group_id, group_name, first, middle, last, suffix, *contact) = values[21:33]
    return (
        (member_id or person_id, person_id, subscriber_id, sex, race, ethnicity, born_on, died_on, starts_on, ends_on)
        + (line_of_business, plan, contract, pbp, reason, dual, status, low_income)
        + (is_hospice, is_esrd, is_institutional, is_disabled, is_at_risk or None)
        + (group_id, group_name, first, middle, last, suffix, *contact, None, values[33], ""),
    )


ELIGIBILITY_SHAPE = Shape(
    code="eligibility",
    layout=ELIGIBILITY,
    inputs=INPUTS,
    build=build,
    known=KNOWN,
    extras=EXTRAS,
    needed_groups=(("member_id", "person_id"),),
)
