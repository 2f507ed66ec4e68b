"""HL7 version 2: doses and results out of messages, each fault under its segment and field, whatever the framing."""

from datetime import date

import pytest

from patients.claims.formats import FeedRefused
from patients.claims.formats.hl7_v2 import cut
from patients.claims.models import Immunization, Observation

from ..feeds import counts, fresh, load, span, spans_file, withdraw
from .reading import DATA, faults, read_kinds

BATCH = (DATA / "hl7_v2" / "batch.hl7").read_bytes()
MSH = r"MSH|^~\&|EHR|CLINIC|||20251002080000||VXU^V04^VXU_V04|1|P|2.5.1"
LAB = MSH.replace("VXU^V04^VXU_V04", "ORU^R01")
PID = "PID|1||M1^^^ACME^MB||||19500505"
ORC = "ORC|RE||D1^CLINIC"
RXA = "RXA|0|1|20251001||140^Influenza^CVX|0.5|mL||||||||A1|||||CP|A"
OBR = "OBR|1||L77^NORTH|24323-8^Panel^LN|||20250302080000"
OBX = "OBX|1|NM|4548-4^A1c^LN||7.1|%^percent^UCUM||H|||F"


def message(*segments, end="\r"):
    return "".join(segment + end for segment in segments).encode()


def with_fields(segment, **changes):
    """The segment with fields by number: `with_fields(RXA, f3="...")`."""
    cells = segment.split("|")
    for name, value in changes.items():
        place = int(name[1:]) - (segment[:3] == "MSH")
        cells += [""] * (place + 1 - len(cells))
        cells[place] = value
    return "|".join(cells)


def dose(**changes):
    return message(MSH, PID, ORC, with_fields(RXA, **changes))


def result(*, obr=OBR, msh=LAB, **changes):
    return message(msh, PID, obr, with_fields(OBX, **changes))


def one(data):
    """The one row of a file: (kind, dict)."""
    _, good, bad = read_kinds("hl7_v2", data)
    assert not bad
    ((_, kind, row),) = good
    return kind, row


def rows(data):
    _, good, bad = read_kinds("hl7_v2", data)
    assert not bad
    return [row for _, _, row in good]


def test_a_vaccine_told_by_its_product_has_eleven_digits():
    assert one(dose(f5="49281-0421-50^Fluzone^NDC"))[1]["code"] == "49281042150"


@pytest.mark.parametrize("value", ["<0.2", ">=100", "> 14.0", "-1.5"])
def test_a_number_beyond_what_can_be_measured(value):
    assert one(result(f5=value))[1]["result"] == value


def test_a_batch_gives_doses_results_and_vital_signs():
    feed, good, bad = read_kinds("hl7_v2", BATCH)
    assert not bad
    assert [(number, kind) for number, kind, _ in good] == [(1, "immunization")] + [(2, "lab_result")] * 4 + [
        (2, "observation")
    ] * 2
    assert feed.records == 2
    assert feed.notes == {"other_vaccine_code": 1, "dose_not_given": 1, "message_not_read": 1}
    shot = good[0][2]
    assert shot == {
        "immunization_id": "D1^CLINIC",
        "member_id": "M1",
        "person_id": "",
        "given_on": date(2025, 10, 1),
        "code_type": "cvx",
        "code": "140",
        "lot": "A1",
        "status": "completed",
        "version": 0,
        "is_reversal": False,
        "source": "CLINIC",
    }
    told = [(row["code_type"], row["code"], row["result"], row["units"]) for _, _, row in good[1:]]
    assert told == [
        ("loinc", "4548-4", "7.1", "%"),
        ("loinc", "33914-3", ">60", "mL/min/{1.73_m2}"),
        ("loinc", "5778-6", "Yellow", ""),
        ("loinc", "8251-1", "Fasting & rested second line A", ""),
        ("loinc", "8480-6", "131", "mm[Hg]"),
        ("loinc", "8462-4", "82", "mm[Hg]"),
    ]
    first = good[1][2]
    assert (first["collected_on"], first["abnormal_flag"], first["status"]) == (date(2025, 3, 2), "H", "final")
    assert good[3][2]["status"] == "preliminary"
    assert good[5][2]["observed_on"] == date(2025, 3, 2)
    assert good[5][2]["observation_type"] == "vital-signs"


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\n"])
def test_segment_ends_do_not_matter(end):
    assert rows(BATCH.replace(b"\n", end)) == rows(BATCH)
    assert rows(BATCH.replace(b"\n", end).removesuffix(end)) == rows(BATCH)


def test_mllp_frames_are_taken_off():
    framed = b"".join(b"\x0b" + one + b"\x1c\r" for one in (dose(), result()))
    assert rows(framed) == rows(dose() + result())
    for short in (framed[:-2], framed[: len(framed) // 2]):
        with pytest.raises(FeedRefused) as refused:
            read_kinds("hl7_v2", short)
        assert refused.value.code == "mllp_truncated"


def test_the_message_says_its_delimiters():
    assert rows(dose().replace(b"|", b"!").replace(b"^", b"*").replace(b"~", b"$")) == rows(dose())
    odd = message(MSH, PID, ORC, RXA.replace("A1", r"A\F\B\S\C\T\D\R\E\E\F\X47\H"))
    assert one(odd)[1]["lot"] == "A|B^C&D~E\\FGH"


@pytest.mark.parametrize(
    ("ids", "member"),
    [
        ("9^^^CLINIC^MR~M1^^^ACME^MB", "M1"),
        ("1EG4TE5MK73^^^CMS^MC~9^^^CLINIC^MR", "1EG4TE5MK73"),
        ("C^^^CMS^MC~M1^^^ACME^MB", "M1"),
        ("9^^^CLINIC^MR", "9"),
        ("9", "9"),
        ("078051120^^^X^SS~9^^^CLINIC^PI", "9"),
        ("078051120^^^USSSA~9^^^CLINIC^PI", "9"),
        ("^^^CLINIC^MR~9", "9"),
        ('""~9', "9"),
    ],
)
def test_which_id_is_the_members(ids, member):
    data = message(MSH, with_fields(PID, f3=ids), ORC, RXA)
    assert one(data)[1]["member_id"] == member
    assert b"078051120" not in repr(one(data)).encode()


@pytest.mark.parametrize(
    ("vaccine", "expected"),
    [
        ("140^Flu^CVX", ("cvx", "140")),
        ("00006-1101-99^X^NDC^24^Y^CVX", ("cvx", "24")),
        ("49281021588^Tenivac^NDC", ("ndc", "49281021588")),
        ("90662^Flu^C4", ("cpt", "90662")),
        ("140^Flu^CVX&2.16", ("cvx", "140")),
    ],
)
def test_cvx_comes_first_and_another_code_is_kept_when_it_is_the_only_one(vaccine, expected):
    row = one(dose(f5=vaccine))[1]
    assert (row["code_type"], row["code"]) == expected


@pytest.mark.parametrize(("status", "word"), [("CP", "completed"), ("", "completed"), ("PA", "partial")])
def test_what_was_given_is_a_dose(status, word):
    assert one(dose(f20=status))[1]["status"] == word


@pytest.mark.parametrize("changes", [dict(f20="RE"), dict(f20="NA"), dict(f5="998^none^CVX", f20="NA")])
def test_what_was_not_given_is_none(changes):
    feed, good, bad = read_kinds("hl7_v2", dose(**changes))
    assert (good, bad, feed.records, feed.notes) == ([], [], 0, {"dose_not_given": 1})


def test_a_dose_is_known_by_its_order_or_by_what_it_is():
    assert one(message(MSH, PID, RXA))[1]["immunization_id"] == "dose|M1|2025-10-01|140"
    assert one(message(MSH, PID, "ORC|RE||9999^X", RXA))[1]["immunization_id"] == "dose|M1|2025-10-01|140"
    assert one(message(MSH, PID, "ORC|RE||7", RXA))[1]["immunization_id"] == "7^CLINIC"
    shared = message(MSH, PID, ORC, RXA, ORC, with_fields(RXA, f5="21^Varicella^CVX"))
    assert [row["immunization_id"] for row in rows(shared)] == ["D1^CLINIC|2025-10-01|140", "D1^CLINIC|2025-10-01|21"]


def test_changes_and_deletions_are_later_versions():
    added, changed, deleted = (one(dose(f21=action))[1] for action in "AUD")
    assert added["version"] == 0 < changed["version"] < deleted["version"]
    assert [row["is_reversal"] for row in (added, changed, deleted)] == [False, False, True]
    refused = one(dose(f20="RE", f21="U"))[1]
    assert refused["is_reversal"] and refused["version"] == deleted["version"]
    entered = one(dose(f21="U", f22="20251003"))[1]
    assert entered["version"] > deleted["version"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (dict(f2="NM", f5="+7.10"), "+7.10"),
        (dict(f2="NM", f5="~7~8"), "7; 8"),
        (dict(f2="ST", f5="negative"), "negative"),
        (dict(f2="SN", f5="^1^:^128"), "1:128"),
        (dict(f2="SN", f5="<^5"), "<5"),
        (dict(f2="SN", f5="^2^-^4"), "2-4"),
        (dict(f2="CE", f5="260385009^Negative^SCT"), "Negative"),
        (dict(f2="CWE", f5="260385009^^SCT"), "260385009"),
        (dict(f2="CWE", f5="^^^^^^^^as written"), "as written"),
        (dict(f2="FT", f5=r"one\.br\two"), "one two"),
        (dict(f2="DT", f5="20250301"), "20250301"),
        (dict(f2="ED", f5="^application^pdf^Base64^JVBERi0="), ""),
        (dict(f2="", f5=""), ""),
        (dict(f2="TX", f5="x" * 900), "x" * 500),
    ],
)
def test_values_by_type(changes, expected):
    assert one(result(**changes))[1]["result"] == expected


def test_the_day_is_that_of_the_observation_else_of_the_order():
    assert one(result(f14="20250228"))[1]["collected_on"] == date(2025, 2, 28)
    assert one(result())[1]["collected_on"] == date(2025, 3, 2)


def test_corrections_and_deletions_of_results_are_later_versions():
    early, final, corrected, deleted = (one(result(f11=status))[1] for status in "PFCD")
    assert early["version"] < final["version"] < corrected["version"] < deleted["version"]
    assert deleted["is_reversal"] and not corrected["is_reversal"]
    assert len({row["lab_result_id"] for row in (early, final, corrected, deleted)}) == 1
    told = with_fields(OBR, f22="20250303")
    assert (
        one(result(obr=told))[1]["version"] < one(result(obr=with_fields(OBR, f22="20250304"), f11="C"))[1]["version"]
    )


@pytest.mark.parametrize("status", "INO")
def test_results_that_are_not_there_yet_are_counted(status):
    feed, good, bad = read_kinds("hl7_v2", result(f11=status, f5=""))
    assert (good, bad, feed.notes) == ([], [], {"result_pending": 1, "no_results": 1})


def test_the_same_code_twice_in_one_group_is_two_results():
    found = rows(message(LAB, PID, OBR, OBX, OBX, with_fields(OBX, f4="a")))
    assert [row["lab_result_id"] for row in found] == [
        "L77^NORTH|24323-8|4548-4|",
        "L77^NORTH|24323-8|4548-4||#2",
        "L77^NORTH|24323-8|4548-4|a",
    ]


def test_a_message_may_hold_several_patients_results():
    data = message(LAB, PID, OBR, OBX, PID.replace("M1", "M2"), OBR.replace("L77", "L78"), OBX)
    assert [row["member_id"] for row in rows(data)] == ["M1", "M2"]


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_blocks_may_end_anywhere(size):
    data = BATCH.replace(b"\n", b"\r\n")
    pieces = iter([data[at : at + size] for at in range(0, len(data), size)])
    assert [raw.body for raw in cut.messages(pieces)] == [raw.body for raw in cut.messages(iter([BATCH]))]


@pytest.mark.parametrize("version", ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.8"])
def test_versions(version):
    feed, good, _ = read_kinds("hl7_v2", dose().replace(b"|2.5.1", b"|" + version.encode()))
    assert len(good) == 1
    assert feed.notes.get("newer_hl7_version", 0) == (version == "2.8")


@pytest.mark.shared_data
def test_the_validators_messages(shared_data):
    folder = shared_data / "hl7" / "cdc_iis_open_tools"
    expected = {"testgood.hl7": (33, 25), "testdefault.hl7": (51, 29), "Adult_z22_New_Covid_vaccine.hl7": (1, 1)}
    for name, (told, doses) in expected.items():
        data = (folder / name).read_bytes()
        feed, good, bad = read_kinds("hl7_v2", data)
        assert (data.count(b"MSH|"), len(good), bad) == (told, doses, [])
        assert feed.notes.get("dose_not_given", 0) == told - doses
    for name in folder.glob("Adult_z22_non*"):
        feed, good, bad = read_kinds("hl7_v2", name.read_bytes())
        assert (good, bad, feed.notes["dose_not_given"]) == ([], [], 1)
    data = (folder / "testgood.hl7").read_bytes().replace(b"902^^CVX", b"^^").replace(b"|20201004|", b"||")
    _, _, bad = read_kinds("hl7_v2", data)
    assert {(field, code) for _, field, code in faults(bad)} == {("RXA-5", "missing"), ("RXA-3", "missing")}


@pytest.mark.django_db
class TestLoaded:
    @pytest.fixture(autouse=True)
    def _member(self, payer):
        load(payer, spans_file(span("M1", birth_date="1950-05-05")))

    def test_a_batch_and_the_same_in_new_messages(self, payer, as_owner):
        assert counts(load(payer, BATCH, format="hl7_v2")) == (2, 2, 0, 0, 0, 0)
        again = BATCH.replace(b"|20251002080000", b"|20251105110000").replace(b"\n", b"\r")
        assert counts(load(payer, again, format="hl7_v2")) == (2, 0, 0, 2, 0, 0)
        with as_owner():
            assert Immunization.objects.get().code == "140"
            assert Observation.objects.count() == 6

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
    def test_a_result_its_correction_and_its_deletion_in_any_order(self, payer, as_owner, order):
        files = [result(), result(f11="C", f5="6.9"), result(f11="D").replace(b"20251002080000", b"20251003080000")]
        for at in order[:2]:
            load(payer, files[at], format="hl7_v2")
        if set(order[:2]) == {0, 1}:
            with as_owner():
                assert [one.result for one in Observation.objects.all()] == ["6.9"]
        last = load(payer, files[order[2]], format="hl7_v2")
        with as_owner():
            assert not Observation.objects.exists()
        if order[2] == 2:
            withdraw(payer, last)
            with as_owner():
                assert [one.result for one in Observation.objects.all()] == ["6.9"]

    def test_a_dose_that_is_changed_and_deleted(self, payer, as_owner):
        first = load(payer, dose(), format="hl7_v2")
        assert counts(load(payer, dose(f21="U", f15="B2"), format="hl7_v2")) == (1, 1, 0, 0, 0, 0)
        assert counts(fresh(payer, first)) == (1, 1, 0, 0, 0, 0)
        with as_owner():
            assert [one.lot for one in Immunization.objects.all()] == ["B2"]
        load(payer, dose(f21="D"), format="hl7_v2")
        with as_owner():
            assert not Immunization.objects.exists()

    def test_a_bad_message_is_rejected_and_the_rest_loaded(self, payer):
        assert counts(load(payer, dose() + dose(f5="") + result(), format="hl7_v2")) == (3, 2, 0, 0, 1, 0)
