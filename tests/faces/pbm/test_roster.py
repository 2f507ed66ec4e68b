"""Who is enrolled where: filters, search by POST, a file that no spreadsheet calculates."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from carecoord.faces.pbm import exports
from carecoord.kernel.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def rows_of(answer):
    return list(csv.DictReader(StringIO(answer.content.decode(), newline="")))


def test_the_roster_names_member_pharmacy_and_reason(sign_in, cast):
    page = sign_in("dana").get(reverse("pbm:roster")).content.decode()
    for words in (cast.a.patient.name, "M-canary-a", "Ash Street Pharmacy", "Six of seven fills."):
        assert words in page


FILTERS = """
    filter                 found
    -                      1
    program={program}      1
    pharmacy={npi}         1
    client={client}        1
    on=2026-01-01          1
    on=2019-12-31          0
    program=999            all
    on=yesterday           all
"""


@pytest.mark.parametrize("line", FILTERS.strip().splitlines()[1:], ids=str.strip)
def test_filters(sign_in, cast, line):
    query, found = line.split()
    query = query.format(program=cast.program.pk, npi=cast.a.pharmacy.npi, client=cast.a.client.pk).strip("-")
    page = sign_in("dana").get(reverse("pbm:roster") + "?" + query)
    if found == "all":
        assert page.context["form"].errors
    else:
        assert len(page.context["rows"]) == int(found)


def test_a_client_that_did_not_cover_the_day_finds_nobody(sign_in, cast, as_owner):
    with as_owner():
        cast.a.coverage.starts_on = "2026-06-01"
        cast.a.coverage.save()
    page = sign_in("dana").get(reverse("pbm:roster"), {"client": cast.a.client.pk, "on": "2026-05-31"})
    assert page.context["rows"] == []


@pytest.mark.parametrize(
    "q, found", [("canary-a", 1), ("CANARY-A, pat", 1), ("M-canary-a", 1), ("anary", 0), ("", 0), ("%", 0)]
)
def test_a_name_is_searched_by_post(sign_in, q, found):
    page = sign_in("dana").post(reverse("pbm:roster_search"), {"q": q})
    assert len(page.context["rows"]) == found


def test_no_address_carries_what_was_searched(sign_in):
    page = sign_in("dana").post(reverse("pbm:roster_search"), {"q": "canary-a"}).content.decode()
    assert "?q=" not in page and "canary-a" in page


def test_the_file_holds_the_filtered_rows_and_the_trail_says_so(sign_in, cast, as_owner):
    answer = sign_in("dana").post(reverse("pbm:roster_export"), {"program": cast.program.pk})
    (row,) = rows_of(answer)
    assert (row["member_id"], row["pharmacy_npi"]) == ("M-canary-a", cast.a.pharmacy.npi)
    assert answer["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    with as_owner():
        event = AuditEvent.objects.get(event="roster.exported")
        assert (event.row_count, event.patient_ids) == (1, [cast.a.patient.pk])
        assert event.detail == {"filter": {"program": str(cast.program.pk)}}
        assert AuditEvent.objects.filter(event="patient.read", user_id=cast.dana.pk).count() == 1


def test_a_name_that_is_a_formula_is_only_a_name(sign_in, cast, as_owner):
    with as_owner():
        cast.a.patient.last_name = '=HYPERLINK("http://x","y")'
        cast.a.patient.save()
    (row,) = rows_of(sign_in("dana").post(reverse("pbm:roster_export")))
    assert row["last_name"] == '\'=HYPERLINK("http://x","y")'


@pytest.mark.parametrize("first", "=+-@\t\r\n\0＝＋－＠")
def test_every_start_of_a_formula_is_neutralised(first):
    assert exports.neutral(f"{first}x") == f"'{first}x"


@pytest.mark.parametrize("value, cell", [(None, ""), (5, "5"), ("O'Neil", "O'Neil"), ("a=b", "a=b")])
def test_other_cells_stay_as_they_are(value, cell):
    assert exports.neutral(value) == cell


def test_a_long_file_comes_whole():
    text = "".join(exports.lines(("n",), ([n] for n in range(50_000))))
    assert [row[0] for row in csv.reader(StringIO(text, newline=""))] == ["n", *map(str, range(50_000))]


def test_a_wrong_filter_exports_nothing(sign_in):
    assert sign_in("dana").post(reverse("pbm:roster_export"), {"on": "soon"}).status_code == 422
