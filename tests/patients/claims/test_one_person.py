"""Ids of one person lead to one record, whatever the order of files; families, twins and newborns do not."""

from itertools import permutations

import pytest

from patients.claims.models import EligibilityEvent, Fill, PharmacyEvent
from patients.models import Coverage, Member, PatientAccess

from .feeds import claim, claims_file, counts, fresh, load, span, spans_file, withdraw
from .formats.fixed_width import cclf

pytestmark = pytest.mark.django_db
CLAIMS = "tuva_csv", claims_file(*(claim(name, member_id=name) for name in "ABC"))


def spans(*lines):
    return "tuva_csv", spans_file(*lines)


def reference(today, former):
    return "cclf", cclf("CCLF9", {"CRNT_NUM": today, "PRVS_NUM": former})


def deliver(payer, file):
    return load(payer, file[1], format=file[0])


def held(payer):
    """{record: (id of today, its former ids, last name, [days of cover], claims with fills)}; records without anything left out."""
    found = {}
    for member in Member.objects.filter(payer=payer).select_related("patient"):
        events = PharmacyEvent.objects.filter(payer=payer, patient=member.patient)
        fills = Fill.objects.filter(payer=payer, patient=member.patient).values_list("event_id", flat=True)
        assert set(fills) == set(events.values_list("pk", flat=True))
        covers = Coverage.objects.filter(patient=member.patient).order_by("starts_on", "ends_on")
        former = Member.objects.filter(merged_into=member.patient).values_list("member_id", flat=True)
        found[member.member_id] = (
            member.id_now,
            sorted(former),
            [f"{c.starts_on}/{c.ends_on or ''}" for c in covers],
            sorted(events.values_list("record_id", flat=True)),
        )
        assert (member.merged_into_id is None) or not (covers or events or member.patient.last_name)
    return found


FIRST = spans(span("A", first_name="Ann", last_name="Ash", enrollment_start_date="2024-01-01"))
SECOND = spans(span("B", first_name="Anne", last_name="Elm", enrollment_start_date="2025-01-01"))


@pytest.mark.parametrize("order", list(permutations([FIRST, SECOND, reference("B", "A"), CLAIMS])))
def test_two_records_and_a_cross_reference_in_any_order(payer, as_owner, order):
    deliveries = {file: deliver(payer, file) for file in order}
    with as_owner():
        found = held(payer)
        (record,) = [one for one in found.values() if one[2]]
        assert record[0] == "B" and record[2:] == (["2024-01-01/2024-12-31", "2025-01-01/"], ["A", "B"])
    assert counts(fresh(payer, deliveries[CLAIMS])) == (3, 2, 1, 0, 0, 0)
    withdraw(payer, deliveries[reference("B", "A")])
    with as_owner():
        found = held(payer)
        assert found["A"] == ("A", [], ["2024-01-01/"], ["A"])
        assert found["B"] == ("B", [], ["2025-01-01/"], ["B"])


@pytest.mark.parametrize("references", list(permutations(["BA", "CB"])) + [("BA", "CB", "AC")])
def test_chains_and_cycles_are_one_person(payer, as_owner, references):
    for name in "CAB":
        deliver(payer, spans(span(name, first_name="Ann")))
    deliver(payer, CLAIMS)
    for today, former in references:
        deliver(payer, reference(today, former))
    with as_owner():
        (record,) = [one for one in held(payer).values() if one[2]]
        assert record == ("A" if len(references) == 3 else "C", ["A", "B"], ["2025-01-01/"], ["A", "B", "C"])


@pytest.mark.parametrize(
    ("ours", "theirs", "is_one"),
    [
        ({}, {}, True),
        ({"first_name": "Mary-Ann"}, {"first_name": "MARY ANN"}, True),
        ({"last_name": "Ash"}, {"last_name": "Elm"}, True),
        ({"birth_date": ""}, {}, True),
        ({"first_name": "Ann"}, {"first_name": "Beth"}, False),
        ({"birth_date": "1950-01-01"}, {"birth_date": "1975-01-01"}, False),
        ({"gender": "female"}, {"gender": "male"}, False),
        ({"first_name": "Baby Boy"}, {"first_name": "Baby Boy"}, False),
    ],
)
def test_a_number_beside_two_ids_unites_only_what_agrees(payer, as_owner, ours, theirs, is_one):
    """Twins, a parent and a child, and newborns share the number of a family."""
    claims = deliver(payer, ("tuva_csv", claims_file(claim("P", member_id="P"))))
    deliver(payer, spans(span("A", person_id="P", **ours), span("B", person_id="P", **theirs)))
    with as_owner():
        assert len([one for one in held(payer).values() if one[2]]) == (1 if is_one else 2)
    assert counts(fresh(payer, claims)) == ((1, 1, 0, 0, 0, 0) if is_one else (1, 0, 1, 0, 0, 0))


def test_a_placeholder_number_unites_nobody(payer, as_owner):
    deliver(payer, spans(*(span(f"M{n}", person_id="999999999") for n in range(21))))
    with as_owner():
        assert len([one for one in held(payer).values() if one[2]]) == 21


def test_cover_of_a_former_id_that_nobody_ends_does_not_outlive_the_new_ones(payer, as_owner):
    deliver(payer, FIRST)
    deliver(payer, reference("B", "A"))
    deliver(payer, spans(span("B", enrollment_start_date="2025-01-01", enrollment_end_date="2025-06-30")))
    with as_owner():
        (record,) = [one for one in held(payer).values() if one[2]]
        assert record[2] == ["2024-01-01/2024-12-31", "2025-01-01/2025-06-30"]


def test_a_correction_of_the_person_id_parts_them(payer, as_owner):
    first = deliver(payer, spans(span("A"), span("B", person_id="A")))
    deliver(payer, CLAIMS)
    with as_owner():
        assert [one[1] for one in held(payer).values() if one[2]] == [["B"]]
        assert EligibilityEvent.objects.values("patient").distinct().count() == 1
    deliver(payer, spans(span("A"), span("B", person_id="C")))
    withdraw(payer, first)
    with as_owner():
        assert {name: one[3] for name, one in held(payer).items() if one[2]} == {"A": ["A"], "B": ["B", "C"]}


def test_whoever_saw_a_former_record_sees_the_one_that_holds_the_person_until_they_are_parted(payer, cast, as_owner):
    deliver(payer, FIRST)
    deliver(payer, SECOND)
    with as_owner():
        former = Member.objects.get(payer=payer, member_id="B").patient
        given = {"payer": payer, "patient": former, "pharmacy": cast.a.pharmacy, "since": "2025-01-01"}
        PatientAccess.objects.create(reason="care", sentence="Was here", **given)
    told = deliver(payer, reference("B", "A"))
    with as_owner():
        seen = PatientAccess.objects.get(patient=Member.objects.get(payer=payer, member_id="A").patient)
        assert (seen.pharmacy_id, seen.until) == (given["pharmacy"].pk, None)
        assert seen.sentence == "Known here as B, which is an id of this person: Was here"
    withdraw(payer, told)
    with as_owner():
        assert [row.patient_id for row in PatientAccess.objects.filter(payer=payer)] == [former.pk]


def test_whoever_sees_the_record_that_holds_the_person_sees_the_former_ones_until_each_is_parted(payer, cast, as_owner):
    deliver(payer, spans(*(span(name, first_name=f"Ann{name}") for name in "ABC")))
    with as_owner():
        records = {row.member_id: row.patient_id for row in Member.objects.filter(payer=payer)}
        given = {"payer": payer, "reason": "enrolment", "since": "2025-01-01"}
        for name, side in (("A", cast.a), ("C", cast.b)):
            PatientAccess.objects.create(
                patient_id=records[name], pharmacy=side.pharmacy, sentence=f"Knows {name}", **given
            )

    def seen():
        with as_owner():
            rows = PatientAccess.objects.filter(payer=payer, until=None).select_related("pharmacy")
            ids = {key: name for name, key in records.items()}
            return sorted((ids[row.patient_id], row.pharmacy.name[:1], row.sentence[:13]) for row in rows)

    own = [("A", "A", "Knows A"), ("C", "B", "Knows C")]
    assert seen() == own
    one, other = deliver(payer, reference("A", "B")), deliver(payer, reference("B", "C"))
    carried = "Known here as"
    united = [("A", "B", carried), ("B", "A", carried), ("B", "B", carried), ("C", "A", carried)]
    assert seen() == sorted(own + united)
    withdraw(payer, other)
    assert seen() == sorted([*own, ("B", "A", carried)])
    withdraw(payer, one)
    assert seen() == own
