"""What a score must not tell: use of substances (42 CFR part 2), whatever else is known of somebody.

The points, their evidence and the RAF that pharmacies see are computed as if these diagnoses and medicines, and conditions with
that label (Condition.is_sensitive), were not there, so that no difference of two numbers discloses them. The full RAF, which
payment follows, is a row of its own with the label that both walls honour; no pharmacy's log-in can read its table at all.
"""

DIAGNOSES = (
    *("F10", "F11", "F12", "F13", "F14", "F15", "F16", "F18", "F19"),  # use of substances; F17 is tobacco
    *("O9931", "O9932", "P0441", "P0449", "P961", "R780", "R781", "R782", "R783", "R784", "R785"),
    *("T400", "T401", "T402", "T403", "T404", "T405", "T406", "T407", "T408", "T409", "T436", "T510"),
    *("E244", "G312", "G621", "G721", "I426", "K292", "K70", "K852", "K860"),  # of alcohol
    *("Z7141", "Z7142", "Z7151", "Z7152", "Z811", "Z813", "Z86482"),
)
"""Beginnings of ICD-10-CM codes."""
INGREDIENTS = frozenset(["buprenorphine", "methadone", "naltrexone", "disulfiram", "acamprosate", "lofexidine"])


def is_sensitive_diagnosis(code: str) -> bool:
    return code.startswith(DIAGNOSES)
