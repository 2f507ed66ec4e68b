"""CMS-1500 sheets as PDF: texts at the form's positions, ten letters an inch and six lines an inch, for pre-printed paper.

`is_plain` draws boxes with short words of our own for blank paper; the form's own art and text are not in here.
Positions are (line, column, places), counted from 1; a name or street that is longer is cut, an id or an amount is refused.

source: the print grid of the 02/12 form; positions compared with those that other open claim systems print at
"""

import io

from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen import canvas

from .cms1500 import LINES_A_SHEET

PLACES_AN_INCH, LINES_AN_INCH, POINTS_AN_INCH = 10, 6, 72
LEFT_POINTS, TOP_POINTS = 20, 24
FONT, SIZE_POINTS, LABEL_POINTS = "Courier", 12, 5
"""A letter of Courier is six tenths of its size wide: at 12 points ten stand in an inch."""
WIDTH, HEIGHT = LETTER

POSITIONS = {
    "payer.name": (2, 41, 31), "payer.street": (4, 41, 31), "payer.city": (5, 41, 31),
    "1.medicare": (8, 1, 1), "1.medicaid": (8, 8, 1), "1.tricare": (8, 15, 1), "1.champva": (8, 24, 1), "1.group": (8, 31, 1),
    "1.other": (8, 45, 1), "1a": (8, 50, 29),
    "2": (10, 1, 28), "3.month": (10, 31, 2), "3.day": (10, 34, 2), "3.year": (10, 37, 4), "3.M": (10, 42, 1), "3.F": (10, 47, 1),
    "4": (10, 50, 29), "5.street": (12, 1, 28), "6.self": (12, 33, 1), "7.street": (12, 50, 29),
    "5.city": (14, 1, 24), "5.state": (14, 26, 2), "7.city": (14, 50, 23), "7.state": (14, 74, 2),
    "5.zip": (16, 1, 10), "7.zip": (16, 50, 10), "11": (18, 50, 29),
    "10a.no": (20, 41, 1), "11a.month": (20, 53, 2), "11a.day": (20, 56, 2), "11a.year": (20, 59, 4), "11a.M": (20, 68, 1),
    "11a.F": (20, 75, 1), "10b.no": (22, 41, 1), "10c.no": (24, 41, 1), "11d.no": (26, 57, 1), "12": (29, 7, 20), "13": (29, 55, 20),
    "17.qualifier": (34, 1, 2), "17": (34, 4, 24), "17b": (34, 33, 15), "19": (36, 1, 48), "20.no": (36, 57, 1), "21.ind": (37, 42, 1),
    **{f"21.{name}": (38 + at // 4, 3 + 13 * (at % 4), 7) for at, name in enumerate("ABCDEFGHIJKL")},
    "22.code": (38, 50, 10), "22.ref": (38, 62, 17), "23": (40, 50, 29),
    "25": (56, 1, 15), "25.EIN": (56, 19, 1), "26": (56, 23, 14), "27.yes": (56, 38, 1), "27.no": (56, 43, 1), "28": (56, 51, 9),
    "33.phone": (57, 66, 12), "32.name": (58, 23, 26), "33.name": (58, 50, 29), "32.street": (59, 23, 26), "33.street": (59, 50, 29),
    "31": (60, 1, 21), "32.city": (60, 23, 26), "33.city": (60, 50, 29), "31.date": (61, 6, 8), "32a": (61, 23, 10), "33a": (61, 50, 10),
    "33b": (61, 63, 14),
}  # fmt: skip
SERVICE = {
    "A.from": (1, 8), "A.to": (10, 8), "B": (19, 2), "D.code": (25, 6), "D.modifiers": (33, 11), "E": (45, 4), "F": (50, 8),
    "G": (59, 3), "J": (68, 10),
}  # fmt: skip
TO_THE_RIGHT = ("28", *(f"24.{at}.{name}" for at in range(1, LINES_A_SHEET + 1) for name in ("F", "G")))
MAY_BE_CUT = frozenset([
    "2", "4", "5.street", "5.city", "7.street", "7.city", "17", "32.name", "32.street", "33.name", "33.street", "payer.name",
    "payer.street",
])  # fmt: skip
LABELS = {
    "1.medicare": "1 Medicare", "1.medicaid": "Medicaid", "1.tricare": "Tricare", "1.champva": "ChampVA", "1.group": "Group",
    "1.other": "Other", "1a": "1a Member id", "2": "2 Patient", "3.month": "3 Born, sex (M F)", "4": "4 Insured",
    "5.street": "5 Patient's address", "6.self": "6 Self", "7.street": "7 Insured's address", "11": "11 Group",
    "10a.no": "10a Work: no", "11a.month": "11a Born, sex (M F)", "10b.no": "10b Car: no", "10c.no": "10c Other: no",
    "11d.no": "11d Other plan: no", "12": "12 Patient signs", "13": "13 Insured signs", "17": "17 Sent by", "17b": "17b NPI",
    "19": "19 Note", "20.no": "20 Lab outside: no", "21.ind": "ICD", "22.code": "22 Sent again, first number", "23": "23 Authorization",
    "25": "25 Tax number (EIN)", "26": "26 Claim number", "27.yes": "27 Assigned: yes, no", "28": "28 Total", "31": "31 Signed",
    "32.name": "32 Where served", "33.phone": "33 Bills, telephone",
}  # fmt: skip
HEADINGS = {"A.from": "24A From", "A.to": "to", "B": "B Place", "D.code": "D Code", "D.modifiers": "modifiers", "E": "E Diag.",
            "F": "F Charge", "G": "G Units", "J": "J Served by (NPI)"}  # fmt: skip
FIRST_SERVICE_LINE = 44


def position(box):
    """(line, column, places) of a box, services included."""
    if not box.startswith("24."):
        return POSITIONS[box]
    _, at, name = box.split(".", 2)
    line = FIRST_SERVICE_LINE + 2 * (int(at) - 1)
    return (line - 1, 1, 60) if name == "shaded" else (line, *SERVICE[name])


def misfits(sheets):
    """Sentences about texts that do not fit and must not be cut."""
    for sheet in sheets:
        for box, text in sheet.items():
            *_, places = position(box)
            if len(text) > places and box not in MAY_BE_CUT:
                yield f"Claim {sheet['26']}: '{text}' does not fit into box {box} of the form, which has {places} places."


def draw(sheets, *, is_plain=False, left_points=LEFT_POINTS, top_points=TOP_POINTS):
    """PDF bytes, a page a sheet; the same sheets give the same bytes. Move the print by the two offsets where a tray needs it."""
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=LETTER, invariant=1, pageCompression=0)
    page.setTitle("CMS-1500")
    for sheet in sheets:
        if is_plain:
            _draw_plain(page, left_points, top_points)
        page.setFont(FONT, SIZE_POINTS)
        for box, text in sheet.items():
            line, column, places = position(box)
            text = text[:places].rjust(places) if box in TO_THE_RIGHT else text[:places]
            page.drawString(*_point(line, column, left_points, top_points), text)
        page.showPage()
    page.save()
    return out.getvalue()


def _point(line, column, left_points, top_points):
    """Where a text begins: PDF counts upwards from the foot of the page."""
    across = left_points + (column - 1) * POINTS_AN_INCH / PLACES_AN_INCH
    return across, HEIGHT - top_points - line * POINTS_AN_INCH / LINES_AN_INCH


def _draw_plain(page, left_points, top_points):
    page.setStrokeGray(0.6)
    page.setLineWidth(0.4)
    services = [f"24.{at}.{name}" for at in range(1, LINES_A_SHEET + 1) for name in SERVICE]
    page.setFillGray(0.35)
    page.setFont("Helvetica", LABEL_POINTS)
    for box in (*POSITIONS, *services):
        line, column, places = position(box)
        across, up = _point(line, column, left_points, top_points)
        page.rect(across - 1.5, up - 2, places * POINTS_AN_INCH / PLACES_AN_INCH + 3, 10.5)
        label = HEADINGS.get(box[5:], "") if box.startswith("24.1.") else LABELS.get(box, "")
        if box.startswith("21.") and len(box) == 4:
            page.drawString(across - 7, up, box[3:])
        page.drawString(across, up + 9.5, label)
    page.setFillGray(0)
