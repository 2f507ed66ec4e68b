"""A mapping: a TOML file that says how one payer lays out his history of adjudicated pharmacy claims.

    title = "What the file is called"
    [file]        layout = "delimited" or "fixed"; delimiter = "|"; quoted = true; column_names = true (the first line, or the
                  one behind the header record, names the columns); encoding = "utf-8" or "latin-1"
    [recognise]   starts_with = "HD|ACME" (the first line); column_names = ["CLAIM_NO"] (among those of the first line);
                  line_length = 400 (of the first line). All that are given must hold.
    [records]     where the kind of a line stands, as in [columns], and header, detail, trailer = "HD", "DT", "TR";
                  without this table every line is a detail
    [trailer]     lines, and fields whose sum it tells, each with its place: they must agree with what was read
    [columns]     clean field = its place: { column = "NAME" } or { column = 3 } in delimited files, { at = 41, width = 8 } in
                  fixed ones, { value = "retail" } for what is the same in every line; beside the place date, decimals and
                  sign where one column differs from [values]
    [values]      date = "YYYYMMDD"; amount_decimals, quantity_decimals = implied decimals (without them there is a point);
                  sign = "leading", "trailing" or "overpunched"
    [codes.field] the payer's code = ours: B1, B2, B3 for transaction, true or false for what is a yes or no
    [leave_out]   a place, and values = ["R"]: lines that are no claims, such as rejected ones
    [reversal]    acts_on = "same_id", "original_claim_id" or "prescription"; negative = true when a negative quantity or
                  amount paid, and no code, says that a line is a reversal

Fields are those of records.PHARMACY_CLAIM; FIELDS says which may be mapped.
"""

from dataclasses import dataclass

from ...records import PHARMACY_CLAIM

NOT_MAPPED = frozenset({"version", "is_reversal", "source", "claim_line"})
FIELDS = {column.name: column.type for column in PHARMACY_CLAIM.columns if column.name not in NOT_MAPPED}
NEEDED = ("claim_id", "member_id", "filled_on", "ndc")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: a column by name or number from 1, or characters from `at` (1 is the first), or a constant."""

    column: str | int | None = None
    at: int = 0
    width: int = 0
    value: object = None
    date: str = ""
    decimals: int | None = None
    sign: str = ""


@dataclass(frozen=True)
class Mapping:
    """A mapping without faults."""

    name: str
    title: str
    is_fixed: bool
    delimiter: str
    is_quoted: bool
    has_column_names: bool
    encoding: str
    recognise: dict
    kind_at: Place | None
    kinds: dict
    trailer: dict
    columns: dict
    codes: dict
    leave_out: tuple = ()
    acts_on: str = "same_id"
    negative_reverses: bool = False

    def fits(self, line):
        """Whether the first line of a file (bytes) is one of this mapping."""
        try:
            text = line.decode(self.encoding)
        except UnicodeDecodeError:
            return False
        told = self.recognise
        names = {name.strip().strip('"').upper() for name in text.split(self.delimiter)} if self.delimiter else set()
        return (
            text.startswith(told.get("starts_with", ""))
            and {name.upper() for name in told.get("column_names", ())} <= names
            and told.get("line_length", len(text)) == len(text)
        )
