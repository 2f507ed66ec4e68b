"""Amounts of a claim and of its lines, from adjudications and totals.

Blue Button says the variable of the research files beside CARIN's category, and its categories alone mislead (gross drug
cost is filed as coinsurance, payments as submitted): where there is a variable, it decides, and one that is not in the
table is no amount of ours. Else CARIN's category (C4BBAdjudication, and the base standard's adjudication codes) decides.
"""

from ...fields import CENTS
from .element import tail

VARIABLES = {
    "line_nch_pmt_amt": "paid",
    "rev_cntr_pmt_amt_amt": "paid",
    "cvrd_d_plan_pd_amt": "paid",
    "ncvrd_plan_pd_amt": "paid",
    "line_alowd_chrg_amt": "allowed",
    "tot_rx_cst_amt": "allowed",
    "line_sbmtd_chrg_amt": "charge",
    "rev_cntr_tot_chrg_amt": "charge",
    "line_bene_ptb_ddctbl_amt": "deductible",
    "rev_cntr_cash_ddctbl_amt": "deductible",
    "line_coinsrnc_amt": "coinsurance",
    "ptnt_pay_amt": "patient_pay",
    "clm_tot_chrg_amt": "charge",
}
CATEGORIES = {
    "benefit": "paid",
    "paidtoprovider": "to_provider",
    "paidtopatient": "to_patient",
    "eligible": "allowed",
    "drugcost": "drug_cost",
    "submitted": "charge",
    "copay": "copayment",
    "coinsurance": "coinsurance",
    "deductible": "deductible",
    "paidbypatient": "patient_pay",
    "memberliability": "liability",
}
DENIED = "denied"
NETWORK = {"innetwork": True, "outofnetwork": False}


class Amounts(dict):
    """{what: cents}. `is_denied`: an adjudication says that nothing is paid. `is_in_network`: None where none says."""

    is_denied = False
    is_in_network = None

    def of(self, what):
        """Cents or None. What was paid: the benefit, else what provider and patient got. Allowed: else the drug's cost."""
        if what in self:
            return self[what]
        if what == "paid" and ("to_provider" in self or "to_patient" in self):
            return self.get("to_provider", 0) + self.get("to_patient", 0)
        if what == "allowed":
            return self.get("drug_cost")
        return self.get("liability") if what == "patient_pay" else None


def amounts_of(*each):
    """The amounts of adjudications or totals. The same word twice is added up."""
    found = Amounts()
    for adjudication in each:
        codings = adjudication.codings("category")
        for _, code in [*codings, *adjudication.codings("reason")]:
            found.is_denied |= code == DENIED
            found.is_in_network = NETWORK.get(code, found.is_in_network)
        what = _what(codings)
        if what and "amount" in adjudication.data:
            value = money(adjudication.part("amount"))
            if value is not None:
                found[what] = found.get(what, 0) + value
    return found


def _what(codings):
    variables = [tail(code) for _, code in codings if "/variables/" in code]
    if variables:
        return next((VARIABLES[one] for one in variables if one in VARIABLES), "")
    return next((CATEGORIES[code] for _, code in codings if code in CATEGORIES), "")


def money(amount):
    """Cents of a Money, which must be US dollars where it says."""
    if amount.data.get("currency") not in (None, "USD"):
        amount.fault("currency", "unknown_code", "is not USD.")
    return amount.number("value", CENTS)
