"""Strategies that are built once, and how often each of them is drawn."""

from . import strategies as st


def test_the_same_arguments_give_the_same_object_and_equal_ones_of_other_kinds_do_not():
    assert st.lists(st.integers(1, 2), max_size=3) is st.lists(st.integers(1, 2), max_size=3)
    assert st.sampled_from(["a", None]) is st.sampled_from(("a", None)) is not st.sampled_from([None, "a"])
    assert st.sampled_from([0, 1]) is not st.sampled_from([False, True])


def test_what_cannot_be_looked_up_is_built_anew():
    assert st.sampled_from([[]]) is not st.sampled_from([[]])


def test_a_strategy_that_is_named_twice_is_twice_as_likely():
    assert len(st.one_of(st.just(1), st.just(1), st.just(2)).element_strategies) == 3
