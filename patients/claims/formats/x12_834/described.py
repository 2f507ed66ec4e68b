"""What the documentation says of the elements read from a member."""

from ..reading.shape import Field

DATE = ("not_a_date", "out_of_range")
FIELDS = {
    "member": (
        Field("BGN03, BGN04", "When the transaction was made: of two that tell of one span, the later holds.", "date and time", True,
              "20260301, 1015", ("not_a_date", "in_the_future")),
        Field("INS01", "Y for the subscriber, N for a dependant.", "code", True, "Y", ("missing", "unknown_code")),
        Field("INS03, HD01", "021 and 025 begin (025 without a first day lifts an end), 001 changes, 024 ends, 002 takes back, 030 "
              "tells what is. HD01 goes before INS03.", "code", True, "021", ("unknown_code",)),
        Field("INS06", "Medicare plan, and the reason: 1 disability, 2 kidney failure.", "codes", False, "A:0", ("not_a_code",)),
        Field("INS12", "Day of death.", "date", False, "20260214", (*DATE, "in_the_future", "before_birth")),
        Field("REF02 (0F)", "The subscriber's number; a subscriber's member id where NM109 has none.", "text", True, "S1001",
              ("missing", "too_long")),
        Field("REF02 (1L)", "Group number; REF*38 of the header where the member has none.", "text", False, "G77", ("too_long",)),
        Field("REF02 (F6)", "Medicare id of the person.", "text", False, "1EG4TE5MK73", ("too_long",)),
        Field("REF02 (Q4)", "The number under which the payer knew the member before: both are one person.", "text", False, "S0977",
              ("too_long",)),
        Field("NM109 (70)", "The id under which the member was reported by mistake, where NM108 is ZZ, MI or II: both are one person. "
              "NM1*74 is read as NM1*IL: it holds what is right.", "text", False, "W1001-03", ("too_long",)),
        Field("NM103 to NM107", "Name: last, first, middle, suffix.", "texts", False, "ROE, ANN", ("too_long", "control_character")),
        Field("NM109", "The member's own id, where NM108 is ZZ, MI or II. A social security number (34) is never read. A dependant "
              "without an id is known by the subscriber's number, birth date and first name.", "text", False, "W1001-02",
              ("too_long", "member_unclear")),
        Field("PER", "Phone (HP, TE, CP, WP) and e-mail (EM).", "texts", False, "HP, 5555550100", ("too_long",)),
        Field("N3, N4", "Address, city, state, postal code.", "texts", False, "1 ASH ROAD", ("too_long",)),
        Field("DMG02", "Birth date.", "date", False, "19600402", (*DATE, "in_the_future")),
        Field("DMG03", "Sex: F, M; all else is unknown.", "code", False, "F"),
        Field("HD03", "Insurance line. Spans come of AH, AJ, EPO, HLT, HMO, MM, MOD, PDG, POS and PPO.", "code", False, "HLT"),
        Field("HD04", "Plan. With the insurance line and the first day it tells a member's spans apart.", "text", False, "SILVER 70",
              ("too_long",)),
        Field("DTP03 (348)", "First day of coverage; DTP*356 of the member where it is missing.", "date", False, "20260101",
              ("missing", *DATE, "before_birth")),
        Field("DTP03 (349)", "Last day of coverage; for an end also DTP*357 or DTP*303. Year 9999 is no end.", "date", False, "20260630",
              ("missing", *DATE, "end_before_start")),
    )
}  # fmt: skip
