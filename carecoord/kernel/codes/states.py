"""The states, the District of Columbia and Puerto Rico: their names, where they lie on a map of tiles, and their usual clock.

Codes are USPS's. The clock is the one of most of the state's people (IANA); a pharmacy elsewhere in it says so itself.
"""

from dataclasses import dataclass

_NAMES = """
AK Alaska|AL Alabama|AR Arkansas|AZ Arizona|CA California|CO Colorado|CT Connecticut|DC District of Columbia|DE Delaware
FL Florida|GA Georgia|HI Hawaii|IA Iowa|ID Idaho|IL Illinois|IN Indiana|KS Kansas|KY Kentucky|LA Louisiana
MA Massachusetts|MD Maryland|ME Maine|MI Michigan|MN Minnesota|MO Missouri|MS Mississippi|MT Montana|NC North Carolina
ND North Dakota|NE Nebraska|NH New Hampshire|NJ New Jersey|NM New Mexico|NV Nevada|NY New York|OH Ohio|OK Oklahoma
OR Oregon|PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah
VA Virginia|VT Vermont|WA Washington|WI Wisconsin|WV West Virginia|WY Wyoming
"""
_TILES = """
AK .  .  .  .  .  .  .  .  .  .  ME
.  .  .  .  .  .  .  .  .  .  VT NH
WA ID MT ND MN WI .  MI .  NY MA RI
OR NV WY SD IA IL IN OH PA NJ CT .
CA UT CO NE MO KY WV VA MD DE .  .
.  AZ NM KS AR TN NC SC DC .  .  .
.  .  .  OK LA MS AL GA .  .  .  .
HI .  .  TX .  .  .  .  FL .  .  PR
"""
_CLOCKS = {
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR",
}
_CLOCK_OF = {code: clock for clock, codes in _CLOCKS.items() for code in codes.split()}
_PLACE_OF = {
    code: (column, row)
    for row, line in enumerate(_TILES.split("\n")[1:-1])
    for column, code in enumerate(line.split())
    if code != "."
}


@dataclass(frozen=True, kw_only=True)
class State:
    """`column` and `row` count from the north-west, from 0."""

    code: str
    name: str
    column: int
    row: int
    time_zone: str


STATES = {
    code: State(
        code=code, name=name, column=_PLACE_OF[code][0], row=_PLACE_OF[code][1],
        time_zone=_CLOCK_OF.get(code, "America/New_York"),
    )
    for code, name in sorted(entry.split(" ", 1) for entry in _NAMES.strip().replace("\n", "|").split("|"))
}  # fmt: skip
COLUMNS, ROWS = 12, 8
