"""CMS-HCC and RxHCC: published numbers, the faults of the library, rounding, and the same again from what is stored."""

import inspect
import itertools
import json
from dataclasses import replace

import pytest
from hccinfhir.filter import apply_filter
from hccinfhir.hccinfhir import HCCInFHIR
from hccinfhir.model_calculate import calculate_raf
from hccinfhir.samples import get_eob_sample_list

from patients.risk.hcc import claims, library, rx, score
from patients.risk.hcc.person import Person
from patients.risk.hcc.years import RX, V28, YEARS

MAN, WOMAN = Person(age=70, sex="M"), Person(age=67, sex="F")

# Scores of CMS' own software, as two public test sets tell them: the README and tests of pfehlinger/risk_adjustment_model
# (RxHCC: "cross-validated directly against CMS's own transform.py"), and hccinfhir's comparison with CMS' V28 engine.
PUBLISHED = [
    # model, year, person, diagnoses, raw in thousandths
    ("v24", 2024, MAN, "E1169 I5030 I509 I2111 I209", 1343),
    ("v24", 2025, MAN, "E1169 I5030 I509 I2111 I209", 1343),
    ("rx", 2027, Person(age=68, sex="M", new_enrollee=True, channel="mapd"), "", 669),
]


@pytest.mark.parametrize(("code", "year", "person", "diagnoses", "raw"), PUBLISHED)
def test_published_scores(code, year, person, diagnoses, raw):
    assert score.score(person, diagnoses.split(), payment_year=year).of(code).raw_milli == raw


def test_steps_of_payment_are_rounded_one_by_one():
    raf = score.score(MAN, ["E1169", "I5030", "I509", "I2111", "I209"], payment_year=2024)
    v24, v28 = raf.of("v24"), raf.of("v28")
    assert (v24.raw_milli, v24.normalised_milli, v24.payment_milli) == (1343, 1172, 1103)  # 1.343/1.146; x 0.941
    assert (v24.weight, v28.weight, v28.normalisation_milli) == (67, 33, 1015)
    assert raf.blended_milli == round(0.67 * v24.payment_milli + 0.33 * v28.payment_milli)


def test_the_blend_goes_over_to_v28_in_three_years():
    weights = {year: {one.code: one.weight for one in about.part_c} for year, about in YEARS.items()}
    assert weights[2024] == {"v24": 67, "v28": 33} and weights[2025] == {"v24": 33, "v28": 67}
    assert weights[2026] == {"v24": 0, "v28": 100} and weights[2027] == {"v28": 100}
    assert all(about.service_year == year - 1 for year, about in YEARS.items())


def test_part_c_is_what_the_library_says_for_every_kind_of_person():
    for age, sex, dual, reason, lasting in itertools.product(
        (40, 64, 72, 96), "FM", ("00", "02", "06"), "01", (False, True)
    ):
        person = Person(age=age, sex=sex, dual=dual, original_reason=reason, institutional=lasting)
        codes = ["E1122", "N184", "I5022", "J449", "F3340", "F1120", "C3490"]
        theirs = calculate_raf(
            codes,
            V28,
            age,
            sex,
            dual_elgbl_cd=dual,
            orec=reason,
            lti=lasting,
            dx_to_cc_mapping=library.mapping(YEARS[2026].mapping),
        )
        ours = score.score(person, codes, payment_year=2026).of("v28")
        assert ours.raw_milli == round(1000 * theirs.risk_score), person
        assert {one.code for one in ours.categories if not one.dropped_by} == set(theirs.hcc_list)


def test_the_librarys_own_sample_of_200_claims():
    eobs = get_eob_sample_list(limit=200)
    theirs = HCCInFHIR(model_name=V28).run(eobs, {"age": 70, "sex": "F", "dual_elgbl_cd": "00"})
    ours = score.score(replace(WOMAN, age=70), theirs.diagnosis_codes, payment_year=2026).of("v28")
    assert ours.raw_milli == round(1000 * theirs.risk_score) > 395
    assert {one.code for one in ours.categories if not one.dropped_by} == set(theirs.hcc_list)


def test_our_filter_has_the_librarys_bill_types():
    default = {name: one.default for name, one in inspect.signature(apply_filter).parameters.items()}
    assert {f"{bill}X" for bill in claims.INPATIENT_BILLS} == default["inpatient_tob"]
    assert {f"{bill}X" for bill in claims.OUTPATIENT_BILLS} == default["outpatient_tob"]


def test_a_hierarchy_names_the_category_that_takes_its_place():
    found = {
        one.code: one for one in score.score(WOMAN, ["E1122", "E119", "N184"], payment_year=2026).of("v28").categories
    }
    assert (found["38"].dropped_by, found["38"].factor_milli) == ("37", None)
    assert found["37"].dropped_by == "" and found["37"].diagnoses == ("E1122",)
    assert "Diabetes" in found["37"].label


def test_heart_disease_alone_is_no_heart_failure():
    alone = score.score(WOMAN, ["T82522A"], payment_year=2026).of("v28").categories
    assert [(one.code, one.dropped_by) for one in alone] == [("223", "alone")]
    beside = score.score(WOMAN, ["T82522A", "I5023"], payment_year=2026).of("v28").categories
    assert {one.code: one.dropped_by for one in beside}["223"] == ""


def test_the_factors_add_up():
    for model in score.score(WOMAN, ["E1122", "I5022", "N184", "J449", "F200"], payment_year=2025).models:
        assert model.raw_milli == sum(one.milli for one in model.factors) > 0
        kinds = {one.kind for one in model.factors}
        assert {"demographic", "category"} <= kinds


def test_somebody_new_is_scored_without_diagnoses():
    new = replace(WOMAN, new_enrollee=True)
    for code in ("v28", "rx"):
        with_them, without = (score.score(new, codes, payment_year=2026).of(code) for codes in (["E1122", "I5022"], []))
        assert with_them.raw_milli == without.raw_milli > 0
        assert [one.kind for one in without.factors] == ["demographic"]


def test_somebody_new_in_an_institution_is_scored_as_new():
    new = replace(WOMAN, new_enrollee=True)
    both = [score.score(one, [], payment_year=2026).of("v28") for one in (new, replace(new, institutional=True))]
    assert both[0].raw_milli == both[1].raw_milli > 0


def test_kidney_failure_has_other_models():
    raf = score.score(replace(WOMAN, esrd=True), ["N186"], payment_year=2026)
    assert raf.of("v28").not_computed == "esrd" and raf.blended_milli is None
    assert raf.of("rx").raw_milli > 0


# --- Faults of release 0.4.0 that are worked round: when a test here fails, the library has changed. ---


def test_fault_hierarchies_of_rxhcc_are_not_applied_by_the_library():
    codes = ["E1122", "E119"]  # RXHCC 30 takes the place of 31
    theirs = calculate_raf(codes, RX, 70, "M", dx_to_cc_mapping=library.mapping(YEARS[2026].mapping))
    assert {"30", "31"} <= set(theirs.hcc_list)
    ours = {one.code: one.dropped_by for one in score.score(MAN, codes, payment_year=2026).of("rx").categories}
    assert (ours["30"], ours["31"]) == ("", "30")


def test_fault_the_library_scores_nobody_new_in_rxhcc():
    theirs = calculate_raf([], RX, 68, "M", new_enrollee=True)
    assert theirs.risk_score == 0
    assert score.score(Person(age=68, sex="M", new_enrollee=True), [], payment_year=2026).of("rx").raw_milli > 0


def test_fault_the_originally_disabled_of_rxhcc():
    person = Person(age=70, sex="F", original_reason="1", low_income=True)
    theirs = calculate_raf([], RX, 70, "F", orec="1", low_income=True)
    assert set(theirs.coefficients) == {"F70_74"}
    ours = {one.name: one.milli for one in score.score(person, [], payment_year=2026).of("rx").factors}
    assert ours == {"F70_74": 108, "F65OD": 376}


def test_fault_two_sets_of_rxhcc_factors_under_one_name():
    own = library.factors(YEARS[2026].part_d.file)
    theirs = library.factors("ra_coefficients_2026.csv")
    assert own["rx_ce_nolowaged_rxhcc30", RX] == 0.567 and theirs["rx_ce_nolowaged_rxhcc30", RX] != 0.567
    assert len(own) == 828 == sum(model == RX for _, model in theirs)


def test_fault_hierarchies_of_2025_lack_some_of_v28():
    old = library._part("utils").load_hierarchies("ra_hierarchies_2025.csv")
    missing = {one for one in library.hierarchies() if one[1] == V28} - {one for one in old if one[1] == V28}
    assert missing == {("191", V28), ("192", V28), ("221", V28), ("222", V28)}


def test_another_release_is_refused(monkeypatch):
    monkeypatch.setattr(library, "TESTED", "0.3.9")
    library._part.cache_clear()
    with pytest.raises(library.WrongLibrary, match="0.4.0 is installed"):
        library._part("utils")
    library._part.cache_clear()


@pytest.mark.parametrize(
    ("age", "bands", "band"),
    [
        (0, rx.BANDS, "0_34"),
        (34, rx.BANDS, "0_34"),
        (35, rx.BANDS, "35_44"),
        (65, rx.BANDS, "65_69"),
        (65, rx.NEW_BANDS, "65"),
        (69, rx.NEW_BANDS, "69"),
        (70, rx.NEW_BANDS, "70_74"),
        (95, rx.NEW_BANDS, "95_GT"),
    ],
)
def test_bands(age, bands, band):
    assert rx._band(age, bands) == band


def test_every_variable_of_rxhcc_has_a_factor_in_each_year():
    """A name that the tables do not have would add nothing, silently: that is the library's fault that we do not repeat."""
    lacking = set()
    for year, channel in itertools.product((2025, 2026, 2027), ("mapd", "pdp", "")):
        part = YEARS[year].part_d
        table, model = library.factors(part.file), part.models[channel]
        for age, sex, low, lasting, new, kidneys, reason in itertools.product(
            (30, 50, 64, 65, 68, 80, 97), "FM", *[(False, True)] * 4, "01"
        ):
            person = Person(
                age=age,
                sex=sex,
                low_income=low,
                institutional=lasting,
                new_enrollee=new,
                esrd=kidneys,
                original_reason=reason,
            )
            names = [name for name, _ in rx.variables(person, {"30", "1"})]
            lacking |= {
                (rx.prefix(person), n) for n in names if (f"{rx.prefix(person)}{n}".lower(), model) not in table
            }
    of_sex = {(prefix, name) for prefix, name in lacking if "65OD" not in name and name != "ORIGDS"}
    assert {name for _, name in of_sex} <= {"NonAged_RXHCC1"} and all("LTI" not in prefix for prefix, _ in of_sex)
    assert {name for prefix, name in lacking if "LTI" in prefix} == {"F65OD", "M65OD"}
    assert {name for prefix, name in lacking if "Aged" in prefix and "OD" in name} <= set()


def test_what_is_told_is_plain_json():
    raf = score.score(WOMAN, ["E1122", "N184"], payment_year=2026)
    told = score.as_told(raf)
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(told, sort_keys=True))
    assert {one["code"] for one in told} == {"v24", "v28", "rx"}


def test_no_such_year():
    with pytest.raises(score.NoSuchPaymentYear):
        score.score(WOMAN, [], payment_year=2019)
