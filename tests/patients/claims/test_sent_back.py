"""The loop of correction for each format: ten faults, the rejected records as downloaded, mended, and sent back alone.

In the end the payer has what it would have had if the file had been right at once, and nothing twice.
"""

import io
import json
from functools import partial

import pytest

from carecoord.kernel.tenancy import context
from patients.claims import corrections
from patients.claims.models import ClinicalEvent, EligibilityEvent, MedicalEvent, PharmacyEvent

from .feeds import claim, claims_file, load, new_payer, span, spans_file
from .formats.fhir import A1C, DOSE, FILL, changed, ndjson, uc
from .formats.fixed_width import cclf, cclf_delimited, event, pde
from .formats.test_hl7_v2 import LAB, MSH, OBR, OBX, ORC, PID, RXA, message, with_fields
from .formats.test_pharmacy_dispensing import HEADER, fill
from .formats.transmissions import claim as transaction
from .formats.transmissions import lines, paid, request, response

pytestmark = pytest.mark.django_db
MODELS = (PharmacyEvent, MedicalEvent, ClinicalEvent, EligibilityEvent)
IGNORED = {"id", "delivery_id", "payer_id", "patient_id", "line_number"}
PLACES = range(15)
HISTORY = b"""HD|EXAMPLE PBM|20250308
REC|CLAIM_NO|TYPE|MEMBER|GROUP|PHARMACY_NPI|PRESCRIBER_NPI|FILL_DATE|NDC|QTY|DAYS|RX_NO|FILL_NO|PAID_DATE|PLAN_PAID|PATIENT_PAID|CHANNEL|COMPOUND
"""


def history(places):
    rows = "".join(
        f"DT|C{n}|P|M1|G1|1679576722|1245319599|03/01/2025|00071015523|30|30|{1000 + n}|0|03/05/2025|55.70|10.00|R|1\n"
        for n in places
    )
    return HISTORY + rows.encode() + b"TR|15||\n"


def transmissions(places):
    each = [n for n in places if n % 3 == 0]
    return lines(
        *(
            part
            for n in each
            for part in (
                request(*(transaction(str(n + more), E7=f"3{n + more:02}000") for more in range(3))),
                response(*(paid(f"A{n + more}", str(n + more)) for more in range(3))),
            )
        )
    )


def doses(places):
    return b"".join(
        message(
            MSH,
            PID,
            with_fields(ORC, f3=f"D{n}^CLINIC"),
            with_fields(RXA, f3=f"202510{n + 10}", f15=f"LOT{n}"),
            end="\r",
        )
        for n in places
    )


def results(places):
    return b"".join(
        message(LAB, PID, with_fields(OBR, f3=f"L{n}^N", f7=f"202503{n + 10}"), with_fields(OBX, f5=f"7.{n}"))
        for n in places
    )


def resources(places):
    each = [
        changed(FILL, identifier=[uc(f"C{n}")], item__0__servicedDate=f"2026-02-{n + 10}", created="2026-01-05")
        for n in places
    ]
    return ndjson(*each)


def clinical(places):
    a1c = [
        changed(A1C, id=f"a{n}", valueQuantity__value=7 + n / 10, effectivePeriod__end=f"2026-02-{n + 10}")
        for n in places
    ]
    return ndjson(*a1c[:8], *(changed(DOSE, id=f"i{n}", occurrenceDateTime=f"2025-09-{n + 10}") for n in places[8:]))


def a_bundle(places):
    entries = [{"resource": json.loads(line)} for line in resources(places).splitlines()]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, indent=1).encode()


def objects(places):
    base = {"claim_line_number": 1, "member_id": "M1", "ndc_code": "00071015523", "quantity": 30, "days_supply": 30}
    each = [base | {"claim_id": f"C{n}", "dispensing_date": f"2025-03-{n + 10}", "paid_amount": n / 4} for n in places]
    return "".join(json.dumps(one) + "\n" for one in each).encode()


def observations(places):
    head = "observation_id,person_id,observation_date,source_code_type,source_code,result\n"
    return (head + "".join(f"O{n},M1,2025-03-{n + 10},loinc,8480-6,{120 + n}\n" for n in places)).encode()


# format, file, and (right, wrong) words of ten records: the n-th record that has the right word gets the wrong one.
DAY = [(f"2025-03-{n + 10}", f"2025-13-{n + 10}") for n in range(1, 11)]
FILES = {
    "tuva_csv": (
        "tuva_csv",
        lambda places: claims_file(*(claim(f"C{n}", dispensing_date=f"2025-03-{n + 10}", rx_number=n) for n in places)),
        DAY,
    ),
    "spans": (
        "tuva_csv",
        lambda places: spans_file(*(span(f"N{n}", enrollment_start_date=f"2025-03-{n + 10}") for n in places)),
        DAY,
    ),
    "observations": ("tuva_csv", observations, DAY),
    "dispensing": (
        "pharmacy_dispensing",
        lambda places: "\n".join(
            [HEADER, *(fill(rx_number=str(n), filled_date=f"2025-03-{n + 10}", sold_date="") for n in places), ""]
        ).encode(),
        DAY,
    ),
    "cclf7": (
        "cclf",
        lambda places: cclf("CCLF7", *({"CLM_LINE_FROM_DT": f"2025-03-{n + 10}"} for n in places)),
        DAY,
    ),
    "cclf7 under a header": (
        "cclf",
        lambda places: cclf_delimited("CCLF7", *({"CLM_LINE_FROM_DT": f"2025-03-{n + 10}"} for n in places)),
        DAY,
    ),
    "cms_pde": (
        "cms_pde",
        lambda places: pde(
            [event(RX=f"{n:012}", DOS=f"202503{n + 10}") for n in places[:7]],
            ("H1234", "002", [event(RX=f"{n:012}", DOS=f"202503{n + 10}") for n in places[7:]]),
        ),
        [(f"202503{n + 10}20250316", f"202513{n + 10}20250316") for n in range(1, 11)],
    ),
    "ncpdp_history": ("ncpdp_history", history, [(f"DT|C{n}|P|", f"DT|C{n}|?|") for n in range(1, 11)]),
    "ncpdp_d0": ("ncpdp_d0", transmissions, [(f"E73{n:02}000", f"E73{n:02}OOO") for n in range(1, 11)]),
    "doses": ("hl7_v2", doses, [(f"|202510{n + 10}|", f"|202519{n + 10}|") for n in range(1, 11)]),
    "results": ("hl7_v2", results, [(f"||7.{n}|", f"||7,{n}|") for n in range(1, 11)]),
    "fhir_eob": ("fhir_eob", resources, [(f'"2026-02-{n + 10}"', f'"2026-22-{n + 10}"') for n in range(1, 11)]),
    "a bundle": ("fhir_eob", a_bundle, [(f'"2026-02-{n + 10}"', f'"2026-22-{n + 10}"') for n in range(1, 11)]),
    "clinical": (
        "fhir_eob",
        clinical,
        [(f'"2026-02-{n + 10}"', f'"2026-22-{n + 10}"') for n in range(1, 8)]
        + [(f'"2025-09-{n + 10}"', f'"2025-19-{n + 10}"') for n in range(8, 11)],
    ),
    "tuva_ndjson": ("tuva_ndjson", objects, DAY),
}


def said(payer):
    """What the payer's events say, but for where they came from."""
    with context.acting_as(context.worker_for(payer.pk)):
        return sorted(
            str({f.column: getattr(one, f.column) for f in model._meta.concrete_fields if f.column not in IGNORED})
            for model in MODELS
            for one in model.objects.filter(is_withdrawn=False)
        )


def rejects(payer, delivery, write):
    out = io.BytesIO()
    with context.acting_as(context.worker_for(payer.pk)):
        assert write(delivery=delivery, out=out) == 10
    return out.getvalue()


def mended(text, words):
    for right, wrong in words:
        text = text.replace(wrong, right)
    return text


def lines_of(text):
    """The records one behind the other."""
    return b"".join(json.loads(line)["raw"].encode() + b"\n" for line in text.splitlines())


WAYS = {
    "as lines": lambda text, words: mended(lines_of(text).decode(), words).encode(),
    "as they came": lambda text, words: "".join(
        json.dumps(one | {"raw": mended(one["raw"], words)}) + "\n" for one in map(json.loads, text.splitlines())
    ).encode(),
    "as csv": lambda text, words: mended(text.decode(), words).encode(),
}
DELIMITED = ("tuva_csv", "spans", "observations", "dispensing", "cclf7 under a header")


@pytest.mark.parametrize(("name", "way"), [(n, w) for n in FILES for w in WAYS if (w == "as csv") == (n in DELIMITED)])
def test_ten_rejected_records_are_mended_and_sent_back(name, way):
    format, made, words = FILES[name]
    send = partial(load, format=format, name="feed")
    right = made(PLACES).decode()
    wrong = right
    for good, bad in words:
        assert right.count(good) == 1, good
        wrong = wrong.replace(good, bad)
    payer, other = new_payer("first"), new_payer("second")
    for one in (payer, other):
        load(one, spans_file(span("M1")))
    delivery = send(payer, wrong.encode())
    assert (delivery.lines, delivery.rejected) == (15, 10), delivery.refusal
    text = rejects(payer, delivery, corrections.write_csv if way == "as csv" else corrections.write_ndjson)
    again = send(payer, WAYS[way](text, words))
    assert (again.lines, again.rejected, again.repeated, again.conflicting) == (10, 0, 0, 0), again.refusal
    send(other, right.encode())
    assert said(payer) == said(other)
