"""The proof on invented remittances: what balances goes out and comes back, and one cent anywhere is found."""

import io
from dataclasses import replace
from datetime import date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from pharmacies.billing.formats import balance, x12_835, x12_835_in
from pharmacies.billing.formats.documents import (
    Adjustment,
    ProviderAdjustment,
    RemittanceDocument,
    RemittedClaim,
    RemittedLine,
)
from tests.factories.claim_documents import PHARMACY, PLAN

from .test_x12_835 import without_places

CENTS = st.integers(0, 10_000_000)
CUTS = st.lists(
    st.builds(Adjustment, group=st.sampled_from(["CO", "PR", "OA", "PI"]), reason=st.sampled_from(["1", "3", "45"]), cents=CENTS),
    max_size=14,
)  # fmt: skip
FACTS = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["99606", "G0008"]), "units": st.decimals(0, 999, places=2), "ref": st.sampled_from(["", "SC-1-2"]),
        "modifiers": st.lists(st.sampled_from(["25", "U1"]), max_size=4).map(tuple),
        "service_on": st.none() | st.dates(date(2000, 1, 1)), "allowed_cents": st.none() | CENTS,
        "remarks": st.lists(st.sampled_from(["N382", "M51"]), max_size=3).map(tuple),
    }
)  # fmt: skip


@st.composite
def remittances(draw):
    claims = []
    for at in range(draw(st.integers(1, 4))):
        sign = draw(st.sampled_from([1, 1, -1]))
        lines = []
        for _ in range(draw(st.integers(1, 3))):
            cuts = tuple(replace(cut, cents=sign * cut.cents) for cut in sorted(draw(CUTS), key=lambda cut: cut.group))
            paid = sign * draw(CENTS)
            charge = paid + sum(cut.cents for cut in cuts)
            lines.append(RemittedLine(charge_cents=charge, paid_cents=paid, adjustments=cuts, **draw(FACTS)))
        claims.append(
            RemittedClaim(
                control_number=f"C{at}", filing="16", status="22" if sign < 0 else "1", last_name="DOE", lines=tuple(lines),
                charge_cents=sum(line.charge_cents for line in lines), paid_cents=sum(line.paid_cents for line in lines),
                icn=draw(st.sampled_from(["", "IC-1"])), member_id=draw(st.sampled_from(["", "M1"])),
                first_name=draw(st.sampled_from(["", "PAT"])),
            )
        )  # fmt: skip
    paid = sum(claim.paid_cents for claim in claims)
    less = tuple(
        ProviderAdjustment(reason="WO", reference="R", cents=draw(st.integers(-500, 500)))
        for _ in range(draw(st.integers(0, 8)))
    )
    rest = paid - sum(each.cents for each in less)
    if rest < 0:
        less = (*less, ProviderAdjustment(reason="FB", reference="NEXT", cents=rest))
    return RemittanceDocument(
        trace="T", paid_on=date(2026, 11, 26), method="ACH", total_cents=max(rest, 0), payer=PLAN, payee=PHARMACY, claims=tuple(claims),
        provider_adjustments=less,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(remittances(), st.data())
def test_what_balances_comes_back_and_one_cent_is_found(document, data):
    text = x12_835.write(document, sender="PAYER", receiver="STORE", control=1, at=datetime(2026, 11, 26))
    found = x12_835_in.read(io.BytesIO(text.encode()))
    (back,) = found.documents
    assert found.problems == () and balance.faults(back) == ()
    assert without_places(back) == without_places(replace(document, produced_on=date(2026, 11, 26)))
    at = data.draw(st.integers(0, len(document.claims) - 1))
    off = replace(document.claims[at], paid_cents=document.claims[at].paid_cents + 1)
    assert balance.faults(replace(document, claims=(*document.claims[:at], off, *document.claims[at + 1 :])))
    assert balance.faults(replace(document, total_cents=document.total_cents + 1))
