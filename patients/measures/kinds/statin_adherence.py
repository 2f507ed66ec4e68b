"""Adherence to statins of people with cardiovascular disease: the second rate, of those who meet the first (statin_period.sql, pdc.sql)."""

from dataclasses import dataclass, replace
from textwrap import indent
from typing import Any

from ..measure import InWords, Measure, Scope, Years
from . import evidence, pdc_explain
from .pdc import Pdc, PdcRow
from .sources import Reads
from .statin_therapy import StatinTherapy


@dataclass(frozen=True)
class StatinAdherence:
    """Of those whom `therapy` is about and who fill its statins, `pdc` says how many days they were at hand.

    It is no Pdc itself: the same fills are those of pdc_sta, which has the strip, the flags and the place in scores.
    """

    therapy: StatinTherapy
    pdc: Pdc

    file = "pdc.sql"
    frame = "statin_period.sql"
    row = PdcRow

    def reads(self, rules: Years) -> Reads:
        """What the first rate reads, and what adherence reads."""
        return self.therapy.reads(rules) | self.pdc.reads(rules)

    def words(self) -> dict[str, str]:
        """What stands in the braces of statin_period.sql and pdc.sql."""
        inside = {"heart_disease": indent(self.therapy.population.text(), "    ")}
        return self.therapy.words() | self.pdc.words() | inside

    def parameters(self, rules: Years) -> dict[str, Any]:
        """The limits that heart_disease.sql and pdc.sql apply."""
        return self.therapy.parameters(rules) | self.pdc.parameters(rules)

    def in_words(self, rules: Years) -> InWords:
        """Whom it is about and what it counts, for people."""
        first = self.therapy.in_words(rules)
        return InWords(
            asks=f"{first.asks} Of them those with at least one fill of a statin of moderate or high intensity in the year, by its daily "
            "dose; the period goes from the first such fill to the end of the year.",
            counts=self.pdc.in_words(rules).counts,
        )

    def explain(self, cursor, measure: Measure, scope: Scope, *, result: PdcRow | None) -> dict[str, Any]:
        """The evidence of the one patient in the scope: day by day as in adherence, and what puts them into the first rate."""
        told = pdc_explain.explain(cursor, measure, scope, kind=self.pdc, result=result)
        first = evidence.explain(cursor, replace(measure, kind=self.therapy), scope, result=None, limits={})
        asks = [claim for claim in first["claims"] if claim["role"] == "asks"]
        return told | {"claims": asks + [_claim(fill) for fill in told["fills"]]}


def _claim(fill: dict[str, Any]) -> dict[str, Any]:
    """A fill of pdc_explain as a claim, with the days that it covers."""
    covers = f"; covers {fill['starts_on']} to {fill['ends_on']}" if "starts_on" in fill else ""
    what = f"{fill['product']}, {fill['days_supply']} days{covers}"
    return {"role": "value", "day": fill["day"], "event_id": fill["event_id"], "what": what, "code": fill["ndc"]}
