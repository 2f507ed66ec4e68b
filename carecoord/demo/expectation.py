"""What the generator knows each member must come out with, beside what the engine says."""

import csv

from patients.measures.models import MeasureResult
from patients.models import Member

FIELDS = ("denominator", "exclusion", "covered_days", "period_days", "numerator", "not_computed")


def compare(*, payer, file, year, as_of):
    """{"compared", "agree", "differ": the first ten differences}. A member without a row has no fill of the class."""
    members = dict(Member.objects.filter(payer=payer).values_list("patient_id", "member_id"))
    found = {
        (members[row["patient_id"]], row["measure"]): row
        for row in MeasureResult.objects.filter(payer=payer, year=year, as_of=as_of).values(
            "patient_id", "measure", *FIELDS
        )
    }
    compared, differ = 0, []
    with file.open(encoding="utf-8", newline="") as lines:
        for wanted in csv.DictReader(lines):
            compared += 1
            got = _told(found.get((wanted["member_id"], wanted["measure"])))
            faults = {name: (wanted[name], got[name]) for name in FIELDS if wanted[name] != got[name]}
            if faults:
                differ.append({"member": wanted["member_id"], "measure": wanted["measure"], **faults})
    return {"compared": compared, "agree": compared - len(differ), "differ": differ[:10]}


def _told(row):
    """A result in the words of expected_pdc.csv."""
    if row is None:
        return dict.fromkeys(FIELDS, "") | {"denominator": "false", "numerator": "false"}
    return {
        "denominator": str(row["denominator"]).lower(),
        "exclusion": row["exclusion"],
        "numerator": str(row["numerator"]).lower(),
        "not_computed": row["not_computed"],
        "covered_days": "" if row["covered_days"] is None else str(row["covered_days"]),
        "period_days": "" if row["period_days"] is None else str(row["period_days"]),
    }
