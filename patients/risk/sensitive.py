"""What a score must not tell: use of substances (42 CFR part 2), whatever else is known of somebody.

The points, their evidence and the RAF that pharmacies see are computed as if these diagnoses and medicines, and conditions with
that label (Condition.is_sensitive), were not there, so that no difference of two numbers discloses them. The full RAF, which
payment follows, is a row of its own with the label that both walls honour; no pharmacy's log-in can read its table at all.
"""

from patients.claims.substance_use import INGREDIENTS, is_sensitive_diagnosis

__all__ = ["INGREDIENTS", "is_sensitive_diagnosis"]
