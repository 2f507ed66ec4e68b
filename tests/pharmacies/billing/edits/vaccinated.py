"""A snapshot of a vaccination, from a row with plan, cvx, day and code."""

from dataclasses import replace

from pharmacies.billing.snapshot import Documentation
from tests.factories.snapshots import COVERED, VACCINE, snapshot_of

from .table import day


def vaccinated(case):
    documented = Documentation(completed=True, vaccine=replace(VACCINE, cvx=case["cvx"]))
    return snapshot_of(
        coverage=replace(COVERED, line_of_business=case["plan"]),
        service_on=day(case["day"]),
        lines=tuple((code, 1) for code in case["code"].split(",")),
        documentation=documented,
    )
