"""What stands behind a result, in words."""

from carecoord.faces.components.evidence import tables

MEDICINE = {
    "drug": "metformin hydrochloride", "fills": 2, "first_fill": "2026-01-05", "last_fill": "2026-04-05", "days_supply": 180,
    "paid_cents": 4_596,
}  # fmt: skip


def evidence(measure, result, **more):
    return {"measure": measure, "result": result, "limits": {}, "exclusions": [], "coverage": [], **more}


def test_a_value_and_its_limit_have_their_unit():
    told = dict(
        tables(evidence("cmr_completion", {"value_milli": 130_880, "second_milli": None, "limit_milli": 1_276_000}))[
            "result"
        ]
    )
    assert (told["Value"], told["Limit"]) == ("130.88 US dollars", "1276 US dollars")
    told = dict(
        tables(evidence("cbp", {"value_milli": 138_000, "second_milli": 88_000, "limit_milli": None}))["result"]
    )
    assert told == {"Value": "138/88 mmHg"}


def test_each_medicine_is_a_sentence():
    once = MEDICINE | {"fills": 1, "last_fill": "2026-01-05", "days_supply": 90, "paid_cents": None}
    told = tables(evidence("mtm_eligible", None, medicines=[MEDICINE, once]))["more"]
    assert told == [
        (
            "Each medicine",
            [
                "Metformin hydrochloride: 2 fills from 5 Jan 2026 to 5 Apr 2026, 180 days of supply, $45.96 paid by the plan",
                "Metformin hydrochloride: 1 fill on 5 Jan 2026, 90 days of supply",
            ],
        )
    ]
