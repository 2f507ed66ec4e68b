"""A service is billed when it is documented; a vaccination with its lot and expiry."""

import pytest

from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.edits import EDITS
from pharmacies.billing.snapshot import Documentation, Rendering, VaccineFacts
from tests.factories.snapshots import snapshot_of

from .table import agrees, day, read_table

VISITS = """
    completed  missing                by     says
    yes        -                      Alice  passes
    no         -                      Alice  not completed
    yes        The outcome.           Alice  The visit lacks: The outcome.
    yes        -                      -      Nobody is named
"""
VACCINES = """
    code    cvx  lot  expires     says
    90471   135  A1   2026-12-31  passes
    90471   135  A1   2026-06-15  passes
    90471   135  A1   2026-06-14  expired on 14 Jun 2026
    90471   135  -    2026-12-31  lot and expiry
    90471   135  A1   -           lot and expiry
    G0008   -    -    -           which vaccine
    G0010   -    -    -           which vaccine
    99606   -    -    -           passes
"""


@pytest.mark.parametrize("case", read_table(VISITS), ids=str)
def test_the_visit_is_complete(case):
    missing = () if case["missing"] == "-" else (case["missing"],)
    snapshot = snapshot_of(
        documentation=Documentation(completed=case["completed"] == "yes", missing=missing),
        rendering=Rendering(name="" if case["by"] == "-" else case["by"], role="pharmacist"),
    )
    assert agrees(EDITS["documentation_complete"].check(ClaimFacts(snapshot=snapshot)), case["says"])


@pytest.mark.parametrize("case", read_table(VACCINES), ids=str)
def test_a_vaccination_names_its_vaccine(case):
    lot = "" if case["lot"] == "-" else case["lot"]
    vaccine = None if case["cvx"] == "-" else VaccineFacts(cvx=case["cvx"], lot=lot, expires_on=day(case["expires"]))
    snapshot = snapshot_of(
        lines=((case["code"], 1),),
        service_on=day("2026-06-15"),
        documentation=Documentation(completed=True, vaccine=vaccine),
    )
    assert agrees(EDITS["documentation_complete"].check(ClaimFacts(snapshot=snapshot)), case["says"])
