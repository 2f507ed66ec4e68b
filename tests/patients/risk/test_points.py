"""The points score by a slow twin and by hand, and what always holds of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.risk import points
from patients.risk.sensitive import is_sensitive_diagnosis
from tests.oracles import risk as oracle
from tests.oracles.histories import enough

LIMITS = {one.code: one.default for one in points.PARAMETERS}
NOTHING = points.Inputs(**dict.fromkeys(points.NAMES, 0))
UNKNOWN = points.Inputs(**dict.fromkeys(points.NAMES))
numbers = st.none() | st.integers(0, 40)
people = st.builds(
    points.Inputs,
    conditions=numbers,
    raf_milli=st.none() | st.integers(0, 9_000),
    emergency_visits=numbers,
    stays=numbers,
    recent_discharge=st.none() | st.integers(0, 1),
    low_adherence=numbers,
    medicines=numbers,
    opioid_and_benzodiazepine=st.none() | st.integers(0, 1),
    recent_cents=st.none() | st.integers(0, 900_000),
    usual_cents=st.none() | st.integers(0, 900_000),
)
limits = st.fixed_dictionaries(
    {one.code: st.integers(one.low, min(one.high, one.low + 3_000)) for one in points.PARAMETERS}
)

BY_HAND = """
    conditions  raf    visits  stays  home  low  medicines  both  recent   usual    points  tier
    0           0.400  0       0      0     0    2          0     100      100      0       low
    2           1.200  1       0      0     1    6          0     100      100      22      rising
    7           1.500  2       1      0     1    9          0     300      100      73      very_high
    1           2.500  5       3      1     4    16         1     300      100      135     very_high
    ?           ?      ?       ?      ?     1    8          0     700      100      20      rising
    ?           ?      ?       ?      ?     ?    ?          ?     ?        ?        0       low
"""


def rows():
    for line in BY_HAND.strip().splitlines()[1:]:
        *cells, total, tier = line.split()
        values = [None if cell == "?" else cell for cell in cells]
        raf = None if values[1] is None else round(1000 * float(values[1]))
        counted = [None if one is None else int(one) for one in (values[0], *values[2:8])]
        cents = [None if one is None else 100 * int(one) for one in values[8:]]
        yield (
            points.Inputs(**dict(zip(points.NAMES, [counted[0], raf, *counted[1:], *cents], strict=True))),
            int(total),
            tier,
        )


@pytest.mark.parametrize(("inputs", "total", "tier"), list(rows()))
def test_by_hand(inputs, total, tier):
    found = points.score(inputs, LIMITS)
    assert (found.points, found.tier) == (total, tier), found.lines


@enough(members=1)
@given(people, limits)
def test_it_agrees_with_its_slow_twin(inputs, changed):
    found = points.score(inputs, changed)
    assert (found.points, found.tier, found.unknown) == oracle.score(vars(inputs), changed)


@given(people)
def test_the_lines_add_up_and_each_input_is_said_once(inputs):
    found = points.score(inputs, LIMITS)
    assert found.points == sum(line.points or 0 for line in found.lines)
    assert [line.code for line in found.lines] == list(points.LABELS)
    assert all(line.words == points.NOT_KNOWN for line in found.lines if line.points is None)


@given(people, st.sampled_from(["conditions", "emergency_visits", "stays", "low_adherence", "medicines", "raf_milli"]))
def test_more_never_lowers_the_score(inputs, name):
    before = getattr(inputs, name) or 0
    assert points.score(replace(inputs, **{name: before + 1}), LIMITS).points >= points.score(inputs, LIMITS).points


def test_what_cannot_be_known_is_no_zero():
    nothing, unknown = points.score(NOTHING, LIMITS), points.score(UNKNOWN, LIMITS)
    assert nothing.points == unknown.points == 0
    assert (nothing.unknown, unknown.unknown) == (0, 9)
    assert all(line.points == 0 for line in nothing.lines) and all(line.points is None for line in unknown.lines)


@given(people)
def test_a_model_sees_what_cannot_be_known(inputs):
    seen = points.features(inputs, LIMITS)
    assert set(seen) == {*points.FEATURES, *(f"unknown_{name}" for name in points.FEATURES)}
    assert seen["unknown_stays"] == (inputs.stays is None)


def test_a_chance_by_hand():
    model = {"constant": -2_000_000, "stays": 1_500_000, "unknown_raf": 500_000}
    assert points.chance(replace(NOTHING, stays=2), LIMITS, model) == 731_059  # 1 / (1 + e^-1)
    assert points.chance(UNKNOWN, LIMITS, model) == 182_426  # 1 / (1 + e^1.5)


@pytest.mark.parametrize("code", ["F1120", "F1010", "F19239", "T401X1A", "K7030", "O99310"])
def test_sensitive(code):
    assert is_sensitive_diagnosis(code)


@pytest.mark.parametrize("code", ["F17210", "F200", "K7460", "E119", "T391X1A"])
def test_not_sensitive(code):
    assert not is_sensitive_diagnosis(code)
