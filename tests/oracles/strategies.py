"""Strategies of hypothesis, each built once: the same arguments give the same object.

What is written inside @composite is otherwise built and checked at every draw, which takes longer than the draw. What is drawn is
the same. Functions of a test's own are `once` where they return a strategy; arguments that are lists or dicts are built anew, and
so is what comes from a lambda inside a function.
"""

from functools import lru_cache, wraps

from hypothesis import strategies as st


def once(build):
    """`build`, which makes a strategy, so that it makes each strategy once."""
    known = lru_cache(maxsize=8192, typed=True)(build)

    @wraps(build)
    def built(*args, **kwargs):
        try:
            return known(*args, **kwargs)
        except TypeError:  # an argument that cannot be looked up
            return build(*args, **kwargs)

    return built


def composite(definition):
    return once(st.composite(definition))


@once
def _among(*values):
    return st.sampled_from(values)


def sampled_from(values):
    return _among(*values)


@once
def one_of(*strategies):
    """Each as often as it is named. Hypothesis drops an object that it has seen, so from the second time on it is another object."""
    return st.one_of(*(one.map(_same) if one in strategies[:place] else one for place, one in enumerate(strategies)))


def _same(value):
    return value


booleans, builds, integers, just, lists, none, sets, tuples = map(
    once, (st.booleans, st.builds, st.integers, st.just, st.lists, st.none, st.sets, st.tuples)
)
data, fixed_dictionaries, permutations = st.data, st.fixed_dictionaries, st.permutations
