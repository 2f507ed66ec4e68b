"""The report of a calibration as text, for a person who decides."""

from typing import Any

NAMES = {"challenger": "Challenger", "points": "Points", "hcc": "HCC factor", "champion": "Champion"}


def text(report: dict[str, Any]) -> str:
    """Fixed width, every figure of the JSON that a person needs."""
    return "\n".join(
        [*_head(report), "", *_figures(report), "", *_deciles(report), "", *_groups(report), "", *_end(report), ""]
    )


def _head(report):
    outcome = report["outcome"]
    yield f"Calibration of the risk score, {report['payer']}, claims to {report['as_of']}"
    yield (
        f"Outcome: a hospital stay, or {outcome['emergency_visits']} days with an emergency visit, within {outcome['days']} days "
        "after the index day."
    )
    for name in ("train", "test"):
        part = report[name]
        yield f"{name.title()}: index days {', '.join(part['index_days'])}; {part['people']} people, {part['events']} with the outcome."
    yield "Synthetic or real, claims that came late are taken as known on their day of service."


def _figures(report):
    yield f"{'':<12}{'AUC (95%)':>22}{'avg prec':>10}{'top 5%':>8}{'top 10%':>8}{'Brier':>8}{'interc.':>9}{'slope':>7}"
    for name, one in report["scores"].items():
        area = f"{one['auc']:.3f} ({one['auc_low']:.3f}-{one['auc_high']:.3f})"
        yield (
            f"{NAMES[name]:<12}{area:>22}{one['average_precision']:>10.3f}{one['capture_5']:>8.1%}{one['capture_10']:>8.1%}"
            f"{one['brier']:>8.4f}{one['intercept']:>9.2f}{one['slope']:>7.2f}"
        )


def _deciles(report):
    yield "Tenths by rising chance: people, foretold, happened"
    for place, one in enumerate(report["scores"]["challenger"]["deciles"], start=1):
        yield f"{place:>4}{one['people']:>8}{one['expected']:>9.1%}{one['observed']:>9.1%}"


def _groups(report):
    yield f"{'Group':<18}{'people':>8}{'events':>8}" + "".join(
        f"{NAMES[name] + ' foretold':>20}" for name in report["scores"]
    )
    for group, about in report["scores"]["challenger"]["groups"].items():
        foretold = "".join(f"{one['groups'][group]['foretold']:>20.1f}" for one in report["scores"].values())
        yield f"{group:<18}{about['people']:>8}{about['events']:>8}{foretold}"


def _end(report):
    yield "Coefficients (logits): " + ", ".join(
        f"{name} {value / 1e6:+.3f}" for name, value in report["coefficients"].items()
    )
    yield f"Against: {NAMES[report['against']]}."
    if report["why_not"]:
        yield "It may not take over:"
        yield from (f"  - {why}" for why in report["why_not"])
    else:
        yield "It may take over: it is better by every rule."
