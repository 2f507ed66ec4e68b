"""Value sets of visits that several measures name, by title."""

PREVENTIVE_18 = (
    "Preventive Care Services Established Office Visit, 18 and Up",
    "Preventive Care Services Initial Office Visit, 18 and Up",
)
OUTPATIENT = ("Office Visit", "Annual Wellness Visit", *PREVENTIVE_18, "Home Healthcare Services", "Telephone Visits")
