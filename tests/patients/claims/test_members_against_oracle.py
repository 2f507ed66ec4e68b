"""Eligibility in any order, twice, split, withdrawn and sent again: the same people and coverage as plain Python makes."""

import io

import pytest
from hypothesis import given

from patients.claims import load as loading
from patients.claims.encoding import ENCODERS
from patients.claims.formats import Bad, open_feed
from patients.claims.models import EligibilityEvent
from patients.claims.records import LAYOUTS
from patients.models import Coverage, Member
from tests.oracles import members_fold
from tests.oracles import strategies as st
from tests.oracles.histories import in_proportion

from .feeds import counts, fresh, load, new_payer, span, spans_file, withdraw
from .formats.x12 import covered, enrolment
from .formats.x12 import member as insured
from .test_fold_against_oracle import number, undone

pytestmark = pytest.mark.django_db
YEARS = "DML_IND|BENE_ID|BENE_BIRTH_DT|DEATH_DT|BENE_SRNM_NAME|RFRNC_YR|PTD_CNTRCT_JAN_ID|PTD_CNTRCT_FEB_ID|PTD_CNTRCT_MAR_ID"


def tuva(*lines):
    return "tuva_csv", spans_file(*lines)


def years(*lines):
    return "cms_rif", "\n".join([YEARS, *lines, ""]).encode()


def year(dml="INSERT", member="1", *, born="02-Feb-1950", died="", last_name="Ash", reference="2024", months="S1111"):
    """A beneficiary year; `months`: contracts of January, February and March, parted by spaces ('-' for none)."""
    contracts = (months.split() + ["-"] * 3)[:3]
    return "|".join([dml, member, born, died, last_name, reference, *(one.replace("-", "") for one in contracts)])


span_lines = st.builds(
    span,
    st.sampled_from("12"),
    person_id=st.sampled_from(["", "P1", "P2"]),
    birth_date=st.sampled_from(["", "1950-01-01", "1951-01-01"]),
    death_date=st.sampled_from(["", "", "2025-06-01"]),
    enrollment_start_date=st.sampled_from(["2024-01-01", "2025-01-01"]),
    enrollment_end_date=st.sampled_from(["", "2025-03-31", "2025-12-31"]),
    plan=st.sampled_from(["H1234-001", "gold"]),
    last_name=st.sampled_from(["", "Birch", "Cedar"]),
)
year_lines = st.builds(
    year,
    st.sampled_from(["INSERT", "INSERT", "UPDATE", "UPDATE", "DELETE"]),
    st.sampled_from("12"),
    died=st.sampled_from(["", "", "15-Feb-2024"]),
    last_name=st.sampled_from(["", "Ash", "Elm"]),
    reference=st.sampled_from(["", "2023", "2024", "2024"]),
    months=st.sampled_from(["S1111 S1111 S1111", "S1111 S2222 S2222", "S1111 - S1111", "- S1111", "S2222", ""]),
)
contents = st.one_of(
    st.lists(span_lines, min_size=1, max_size=4).map(lambda found: tuva(*found)),
    st.lists(year_lines, min_size=1, max_size=4).map(lambda found: years(*found)),
)


enrolled = st.builds(
    lambda at, *members: ("x12_834", enrolment(*members, at=at)),
    st.sampled_from(["20260301*0900", "20260302*0900", "20260302*0900", "20260303*0900"]),
    st.builds(
        lambda number, does, of_all, former, born, coverages: insured(
            number=number,
            does=does,
            born=born,
            coverage="".join(coverages),
            more=(f"REF*Q4*{former}\n" if former else "") + (f"DTP*357*D8*{of_all}\n" if of_all else ""),
        ),  # fmt: skip
        st.sampled_from(["S1", "S1", "S2"]),
        st.sampled_from(["021", "030", "001"]),
        st.sampled_from(["", "20260331"]),
        st.sampled_from(["", "", "S1"]),
        st.sampled_from(["19600402", "19600402", "19610402"]),
        st.lists(
            st.one_of(
                st.builds(
                    covered,
                    plan=st.sampled_from(["SILVER", "GOLD"]),
                    starts=st.sampled_from(["20260101", "20260401"]),
                    ends=st.sampled_from(["", "20260630", "20261231"]),
                    does=st.sampled_from(["021", "030", "001", "025", "024", "002"]),
                ),
                st.builds(
                    covered,
                    plan=st.sampled_from(["SILVER", "GOLD"]),
                    starts=st.just(""),
                    ends=st.sampled_from(["20260430", "20260531"]),
                    does=st.just("024"),
                ),
            ),
            min_size=1,
            max_size=2,
        ),
    ),
)


def whole_member(at, number, last):
    """An end of all that a member has; without a last day, that he is reinstated."""
    text = (
        insured(number=number, does="024", more=f"DTP*357*D8*{last}\n") if last else insured(number=number, does="025")
    )
    return "x12_834", enrolment(text, at=at)


ended = st.builds(
    whole_member,
    st.sampled_from(["20260302*0900", "20260304*0900"]),
    st.sampled_from(["S1", "S2"]),
    st.sampled_from(["20260228", "20260515", ""]),
)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(loading, "announce", lambda *args, **kwargs: None)


def deliver(payer, file):
    return load(payer, file[1], format=file[0])


def told(files):
    """The events of files, as the oracle takes them."""
    for format, content in files:
        feed = open_feed(format, io.BytesIO(content))
        for item in feed:
            if isinstance(item, Bad):
                continue
            row = dict(zip(LAYOUTS["eligibility"].names, item.row, strict=True))
            yield row, ENCODERS["eligibility"].encode(item.row)[0]


def state(payer):
    """What the database holds, in the oracle's words; members of whom nothing is said any more are left out if empty."""
    found = {}
    for member in Member.objects.filter(payer=payer, merged_into=None).select_related("patient"):
        patient = member.patient
        spans = Coverage.objects.filter(payer=payer, patient=patient)
        covered = sorted((s.starts_on, s.ends_on or members_fold.EVER, s.plan, s.contract) for s in spans)
        said = {name: getattr(patient, name) for name in members_fold.NAMED if name != "person_id"}
        what = (covered, patient.born_on, patient.died_on, said | {"person_id": member.person_id})
        if what != NOTHING:
            found[member.id_now] = what
    return found


NOTHING = ([], None, None, dict.fromkeys(members_fold.NAMED, ""))


def expected(files, **rulings):
    return {member: what for member, what in members_fold.members(told(files), **rulings).items() if what != NOTHING}


@in_proportion(25)
@given(files=st.lists(contents, min_size=1, max_size=4), data=st.data())
def test_the_set_of_events_alone_decides_who_is_covered(files, data, as_owner):
    with undone():
        check(files, data, as_owner)


@in_proportion(25)
@given(files=st.lists(st.one_of(enrolled, enrolled, ended), min_size=1, max_size=4), data=st.data())
def test_enrolment_of_834_too_with_ends_that_do_not_say_what_began(files, data, as_owner):
    with undone():
        check(files, data, as_owner)


def check(files, data, as_owner):
    payer = new_payer(f"members-{next(number)}")
    again = data.draw(st.lists(st.sampled_from(files), max_size=2), label="delivered again")
    taken = [(file, deliver(payer, file)) for file in data.draw(st.permutations(files + again), label="order")]
    with as_owner():
        assert state(payer) == expected(files)
    gone = data.draw(st.lists(st.integers(0, len(taken) - 1), unique=True, max_size=3), label="withdrawn")
    for index in gone:
        withdraw(payer, taken[index][1])
    with as_owner():
        assert state(payer) == expected([file for index, (file, _) in enumerate(taken) if index not in gone])
    for _, delivery in taken:
        lines, *others = counts(fresh(payer, delivery))
        assert lines == sum(others)
    for index in gone:
        deliver(payer, taken[index][0])
    with as_owner():
        assert state(payer) == expected(files)


@pytest.mark.parametrize("is_update_first", [False, True])
@pytest.mark.parametrize(
    ("dml", "months", "covered"),
    [
        ("UPDATE", "S1111 - S1111", [("01-01", "01-31"), ("03-01", "03-31")]),
        ("UPDATE", "S1111", [("01-01", "01-31")]),
        ("UPDATE", "", []),
        ("DELETE", "S1111 S1111 S1111", []),
    ],
)
def test_what_is_said_later_of_a_year_replaces_it_whole(payer, as_owner, dml, months, covered, is_update_first):
    """The year began as January, and February to March under another contract."""
    first, second = years(year(months="S1111 S2222 S2222")), years(year(dml, months=months))
    for file in (second, first) if is_update_first else (first, second):
        assert deliver(payer, file).conflicting == 0
    with as_owner():
        spans = Coverage.objects.filter(payer=payer).order_by("starts_on")
        assert [(f"{s.starts_on:%m-%d}", f"{s.ends_on:%m-%d}") for s in spans] == covered


def test_spans_of_one_line_do_not_contradict_each_other_and_two_lines_do(payer, as_owner):
    assert deliver(payer, years(year(months="S1111 S2222 S1111"))).conflicting == 0
    assert deliver(payer, years(year(months="S1111 S2222"))).conflicting == 1
    with as_owner():
        assert EligibilityEvent.objects.filter(payer=payer, in_conflict=True).count() == 5
        statements = EligibilityEvent.objects.filter(payer=payer, standing="paid").values_list("statement", flat=True)
        assert len(set(statements)) == 1


def test_what_a_withdrawn_delivery_said_of_a_person_goes_with_it(payer, as_owner):
    kept = deliver(payer, tuva(span("M1", last_name="Birch", birth_date="1950-01-01")))
    wrong = deliver(
        payer, tuva(span("M1", last_name="Cedar", birth_date="1951-01-01", enrollment_start_date="2026-01-01"))
    )
    for delivery, last_name, born in ((wrong, "Birch", 1950), (kept, "", None)):
        withdraw(payer, delivery)
        with as_owner():
            patient = Member.objects.get(payer=payer).patient
            assert (patient.last_name, patient.born_on and patient.born_on.year) == (last_name, born)


def test_ids_of_a_hundred_letters_are_ids(payer, as_owner):
    """Payers that hash their member ids send sixty-four letters."""
    member_id, person_id = "M" * 100, "P" * 100
    assert deliver(payer, tuva(span(member_id, person_id=person_id))).loaded == 1
    with as_owner():
        assert Member.objects.values_list("member_id", "person_id").get(payer=payer) == (member_id, person_id)
