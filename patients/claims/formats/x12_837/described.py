"""What the documentation says of the elements read from a claim."""

from ..reading.shape import Field

DATE = ("not_a_date", "out_of_range")
CODE = ("not_a_code", "too_long")
SHARED = (
    Field("BHT04, BHT05", "When the transaction was made: of two that tell of one claim, the later holds.", "date and time", True,
          "20260301, 1015", ("not_a_date", "in_the_future")),
    Field("NM109 (IL)", "The subscriber's member id; NM108 says MI, II or ZZ.", "text", True, "W123456789", ("missing", "too_long")),
    Field("NM104 (QC), DMG02", "First name and birth date of a patient without an id: with the subscriber's id they tell who it is.",
          "text, date", False, "ANN, 20150611", ("member_unclear", *DATE)),
    Field("CLM01", "The claim's number, which the payment (835) names again: with the billing provider it says which claim it is.",
          "text", True, "A-1001", ("missing", "too_long")),
    Field("CLM02", "The claim's charge: the sum of the charges of its lines.", "money", True, "125.50",
          ("missing", "not_a_number", "money_precision", "charges_disagree")),
    Field("CLM05", "Place or type of bill, and the frequency: 1 a claim, 7 replaces and 8 voids an earlier one; 6, F to Q and Y "
          "replace the one that REF*F8 names.", "codes", True,
          "11:B:1", ("missing", *CODE)),
    Field("REF02 (F8)", "The claim that this one replaces or voids: by the payer's number (CLP07 of its payment), or by the provider's.",
          "text", False, "C-2001", ("too_long",)),
    Field("HI", "Diagnoses (ABK, ABF, ABN; BK, BF, BN of ICD-9), the principal one first.", "codes", False, "ABK:E119", ("not_a_code",)),
    Field("NM109 (85)", "The billing provider's NPI.", "text", False, "1234567893", ("too_long",)),
    Field("REF02 (EI)", "The billing provider's tax id, which knows him where he has no NPI.", "text", False, "123456789", ("too_long",)),
    Field("NM109 (82)", "The rendering provider's NPI: the line's, else the claim's, else the billing provider's.", "text", False,
          "1234567893", ("too_long",)),
    Field("NM109 (77)", "The NPI of the facility.", "text", False, "1234567893", ("too_long",)),
    Field("LX01", "The line's number, once in a claim.", "whole number", True, "1", ("not_a_number", "duplicate_line", "no_lines")),
)  # fmt: skip
PROFESSIONAL = (
    *SHARED,
    Field("SV101", "Service code and up to four modifiers (qualifier HC).", "codes", False, "HC:99213:25", CODE),
    Field("SV102", "The line's charge.", "money", False, "125.50", ("not_a_number", "money_precision")),
    Field("SV104", "Units; minutes (MJ) are not read.", "quantity", False, "1", ("not_a_number", "quantity_precision")),
    Field("SV105", "Place of service, where it is not the claim's.", "code", False, "11", CODE),
    Field("DTP03 (472)", "Day or days of service.", "date", True, "20260211",
          ("missing", *DATE, "in_the_future", "before_birth", "end_before_start")),
    Field("DTP03 (435)", "Day of admission.", "date", False, "20260210", DATE),
    Field("DTP03 (096)", "Day of discharge.", "date", False, "20260214", (*DATE, "end_before_start")),
)  # fmt: skip
INSTITUTIONAL = (
    *SHARED,
    Field("DTP03 (434)", "First and last day of the statement.", "dates", True, "20260210-20260214",
          ("missing", *DATE, "in_the_future", "before_birth", "end_before_start")),
    Field("DTP03 (435)", "Day (and hour) of admission.", "date", False, "202602101130", DATE),
    Field("CL103", "Patient status; 30 is still there. Any other makes the statement's last day the discharge of a stay.", "code", False,
          "01", CODE),
    Field("HI (DR)", "The DRG.", "code", False, "HI*DR:470", CODE),
    Field("HI (BBR, BBQ)", "Procedures of ICD-10 (BR, BQ: of ICD-9), the principal one first.", "codes", False, "BBR:0SRD0J9:D8:20260211",
          ("not_a_code",)),
    Field("NM109 (71)", "The attending provider's NPI: the rendering provider where none is named.", "text", False, "1234567893",
          ("too_long",)),
    Field("SV201", "Revenue code.", "code", False, "0450", CODE),
    Field("SV202", "Service code and up to four modifiers (qualifier HC).", "codes", False, "HC:99283", CODE),
    Field("SV203", "The line's charge.", "money", False, "900", ("not_a_number", "money_precision")),
    Field("SV205", "Units or days.", "quantity", False, "1", ("not_a_number", "quantity_precision")),
)  # fmt: skip
FIELDS = {"professional claim": PROFESSIONAL, "institutional claim": INSTITUTIONAL}
