"""A broken line is broken, in the way that it says, and nothing else of it can be taken for a good one."""

import pytest

from patients.claims.synthetic import faults
from patients.claims.synthetic.chance import dice


@pytest.mark.parametrize("kind", sorted(faults.COLUMNS))
def test_every_broken_line_shows_its_fault(kind):
    columns = faults.COLUMNS[kind]
    line = ",".join(["7"] * len(columns)) + "\n"
    roll, seen = dice(1, 1), set()
    for number in range(400):
        broken, its_field, fault = faults.break_line(roll, kind, line, number=number)
        cells = broken.rstrip("\n").split(",")
        seen.add(fault)
        assert broken.endswith("\n")
        if fault == "too_many_columns":
            assert len(cells) > len(columns)
        elif fault == "too_few_columns":
            assert len(cells) < len(columns)
        elif fault == "missing_member":
            assert cells[columns.index("person_id")] == cells[columns.index(its_field)] == ""
        else:
            assert len(cells) == len(columns)
            assert cells[columns.index(its_field)] != "7"
    told = {fault for fault, _, _ in faults._CELLS[kind]}
    assert seen == told | {"too_many_columns", "too_few_columns", "missing_member"}


def test_a_negative_quantity_is_no_reversal_in_disguise():
    columns = faults.COLUMNS["pharmacy_claim"]
    cells = ["7"] * len(columns)
    cells[columns.index("paid_amount")] = "-7.00"
    roll = dice(2, 1)
    found = 0
    for number in range(400):
        broken, _, fault = faults.break_line(roll, "pharmacy_claim", ",".join(cells) + "\n", number=number)
        if fault == "negative_quantity":
            found += 1
            values = dict(zip(columns, broken.rstrip("\n").split(","), strict=True))
            assert (values["quantity"], values["paid_amount"], values["transaction_code"]) == ("-30", "5.00", "")
    assert found
