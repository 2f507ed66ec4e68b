"""What is published of the formats: to everybody, whole, and true."""

from io import BytesIO

import pytest
from django.utils.html import escape
from django.utils.text import slugify

from patients.claims import documentation
from patients.claims.formats import FORMATS, Bad, open_feed
from patients.claims.formats.reading.described import FAULTS
from patients.claims.records import NOTES

KINDS = [
    (code, title) for code, format_ in FORMATS.items() for title in format_.fields if documentation.example(code, title)
]


def test_a_visitor_reads_the_formats_in_short(client):
    answer = client.get("/api/v1/formats")
    told = answer.json()
    assert answer.status_code == 200
    assert [one["code"] for one in told["formats"]] == list(FORMATS)
    first = next(one for one in told["formats"] if one["code"] == "tuva_csv")
    assert first["counts"] == "line" and "pharmacy_claim" in first["kinds"] and "text/csv" in first["media_types"]
    assert first["href"] == "http://testserver/api/v1/formats/tuva_csv"
    assert first["page"] == "http://testserver/formats/tuva_csv/"
    assert {one["code"] for one in told["faults"]} == set(FAULTS)
    assert {one["code"] for one in told["notes"]} == set(NOTES)


@pytest.mark.parametrize("code", list(FORMATS))
def test_a_visitor_reads_every_field_of_a_format(client, code):
    told = client.get(f"/api/v1/formats/{code}").json()
    assert [kind["title"] for kind in told["kinds"]] == list(FORMATS[code].fields)
    for kind in told["kinds"]:
        for field in kind["fields"]:
            assert set(field) == {"name", "means", "type", "required", "example", "faults"}
            assert set(field["faults"]) <= set(FAULTS)


def test_a_field_says_what_it_means_and_which_faults_it_raises(client):
    told = client.get("/api/v1/formats/tuva_csv").json()
    pharmacy = next(kind for kind in told["kinds"] if kind["title"] == "pharmacy_claim")
    assert next(one for one in pharmacy["fields"] if one["name"] == "dispensing_date") == {
        "name": "dispensing_date",
        "means": "The day of the fill.",
        "type": "date as 2026-01-31",
        "required": True,
        "example": "2025-03-02",
        "faults": [
            "control_character",
            "encoding",
            "in_the_future",
            "missing",
            "not_a_date",
            "out_of_range",
            "stray_quote",
            "unterminated_quote",
        ],
    }


def test_a_format_that_is_none_is_not_there(client):
    answer = client.get("/api/v1/formats/papyrus")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_every_kind_that_is_text_has_an_example():
    """Not D.0, whose separators are no text, nor what is said of any FHIR resource."""
    lacking = {(code, title) for code, format_ in FORMATS.items() for title in format_.fields} - set(KINDS)
    assert lacking == {("ncpdp_d0", "header"), ("ncpdp_d0", "segments"), ("fhir_eob", "Any resource")}


@pytest.mark.parametrize(("code", "title"), KINDS)
def test_an_example_loads_without_a_reject(code, title):
    text = documentation.example(code, title)
    feed = open_feed(code, BytesIO(text.encode()))
    outcomes = list(feed)
    assert [one for one in outcomes if isinstance(one, Bad)] == []
    assert 1 <= feed.records <= 5 and feed.rejected == 0 and feed.drift.unknown == ()
    assert set(feed.notes) <= {
        "identity_only",
        "ends_what_began_before",
        "not_adjudicated",
        "not_sold",
        "pde_rejected_by_cms",
        "reason_of_visit",
    }


def test_rows_of_a_page_tell_numbered_fields_once():
    kinds = {kind.title: kind for kind in documentation.kinds(FORMATS["tuva_csv"])}
    names = [(row.first.name, row.last.name) for row in kinds["medical_claim"].rows]
    assert ("diagnosis_code_1", "diagnosis_code_25") in names and ("claim_id", "claim_id") in names
    assert sum(len(row.fields) for row in kinds["medical_claim"].rows) == len(
        FORMATS["tuva_csv"].fields["medical_claim"]
    )
    quantity = next(row for row in kinds["pharmacy_claim"].rows if row.first.name == "quantity")
    assert quantity.faults == ("negative_quantity", "not_a_number", "out_of_range", "quantity_precision")


@pytest.mark.parametrize("code", list(FORMATS))
def test_every_field_has_an_anchor_on_its_page(client, code):
    page = client.get(f"/formats/{code}/").content.decode()
    for title, fields in FORMATS[code].fields.items():
        for one in fields:
            assert f'id="{slugify(title)}.{escape(one.name)}"' in page


def test_every_fault_has_an_anchor_on_the_first_page(client):
    page = client.get("/formats/").content.decode()
    assert all(f'id="{code}"' in page for code in [*FAULTS, *NOTES])
    assert all(f"/formats/{code}/" in page for code in FORMATS)
    assert client.get("/formats/papyrus/").status_code == 404
    assert client.post("/formats/").status_code == 405


@pytest.mark.django_db
def test_somebody_who_is_signed_in_reads_it_too(client, cast, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(cast.alice)
    assert client.get("/formats/tuva_csv/").status_code == 200
