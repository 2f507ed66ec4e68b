"""The points score as a person would add it up, without the code's own structure."""

COUNTED = (
    ("conditions", "points_condition", "conditions_at_most"),
    ("emergency_visits", "points_emergency_visit", "emergency_at_most"),
    ("stays", "points_stay", "stays_at_most"),
    ("low_adherence", "points_low_adherence", "low_adherence_at_most"),
    ("recent_discharge", "points_recent_discharge", None),
    ("opioid_and_benzodiazepine", "points_opioid_and_benzodiazepine", None),
)
STEPPED = (
    ("raf_milli", "raf_high", "raf_very_high", "points_raf_high", "points_raf_very_high"),
    ("medicines", "medicines_many", "medicines_very_many", "points_medicines_many", "points_medicines_very_many"),
)


def score(inputs, limits):
    """(points, tier, how many lines cannot be known)."""
    known = {name.removeprefix("risk."): value for name, value in limits.items()}
    lines = [*_counted(inputs, known), *_stepped(inputs, known), _cost(inputs, known)]
    total = sum(line for line in lines if line is not None)
    passed = [tier for tier in ("rising", "high", "very_high") if total >= known[f"tier_{tier}"]]
    return total, ("low", "rising", "high", "very_high")[len(passed)], lines.count(None)


def _counted(inputs, known):
    for name, each, at_most in COUNTED:
        if inputs[name] is None:
            yield None
            continue
        yield sum(known[each] for place in range(inputs[name]) if place < (known[at_most] if at_most else 1))


def _stepped(inputs, known):
    for name, high, very_high, points, more_points in STEPPED:
        if inputs[name] is None:
            yield None
        elif inputs[name] >= known[very_high]:
            yield known[more_points]
        else:
            yield known[points] if inputs[name] >= known[high] else 0


def _cost(inputs, known):
    recent, usual = inputs["recent_cents"], inputs["usual_cents"]
    if recent is None or usual is None:
        return None
    is_more = recent - usual >= known["cost_rising_cents"]
    return known["points_cost_rising"] if is_more and 100 * recent >= usual * known["cost_rising_percent"] else 0
