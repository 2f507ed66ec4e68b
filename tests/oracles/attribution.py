"""The slow twin of attribution: fill by fill, pharmacy by pharmacy, the rule as one would say it aloud."""


def main_pharmacy(fills, least_fills):
    """`fills`: (key, day, days supply) of retail fills in the look-back. The key of the main pharmacy, or None."""
    candidates = {key for key, _, _ in fills}
    if not candidates:
        return None

    def keep(best_of):
        nonlocal candidates
        best = max(best_of(key) for key in candidates)
        candidates = {key for key in candidates if best_of(key) == best}

    def of(key):
        return [(day, supply) for one, day, supply in fills if one == key]

    most = max(len(of(key)) for key in candidates)
    keep(lambda key: len(of(key)))
    keep(lambda key: max(day for day, _ in of(key)))
    keep(lambda key: sum(supply for _, supply in of(key)))
    return min(candidates) if most >= least_fills else None
