"""What the gallery shows: every component in every state, with invented people. `context()` is all that its page
needs."""

from datetime import UTC, date, datetime, timedelta

from django import forms
from django.http import QueryDict

from .gallery_charts import TODAY, a1c, blood_pressure, covered_strip, late_strip, short_strip
from .tables import Column, Page, headings

WORKLIST_COLUMNS = (
    Column("Priority", sort="severity", css="sev"),
    Column("Patient", sort="name", css="who"),
    Column("Why", css="why"),
    Column("What matters", sort="pdc"),
    Column("Act by", sort="due"),
    Column("Worth", sort="worth", css="num low"),
    Column("Owner", css="lower"),
    Column("Actions", css="acts", is_hidden=True),
)
CLAIM_COLUMNS = (
    Column("Claim", sort="claim"),
    Column("Service"),
    Column("Patient", sort="patient"),
    Column("State"),
    Column("Charged", sort="charged", css="num"),
    Column("Paid", sort="paid", css="num"),
)


class ExampleForm(forms.Form):
    """One field of every kind that Django has a widget for."""

    phone = forms.CharField(
        label="Telephone",
        help_text="With area code.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(label="E-mail", required=False)
    systolic = forms.IntegerField(label="Systolic pressure (mmHg)", min_value=50, max_value=300)
    quantity = forms.DecimalField(label="Quantity", required=False)
    given_on = forms.DateField(label="Given on", widget=forms.DateInput(attrs={"type": "date"}))
    given_at = forms.TimeField(label="At", required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    site = forms.ChoiceField(label="Site", choices=[("", "Choose"), ("LA", "Left arm"), ("RA", "Right arm")])
    outcome = forms.ChoiceField(
        label="What came of the call",
        widget=forms.RadioSelect,
        choices=[("reached", "Reached, will fill"), ("message", "Left a message"), ("none", "Could not reach")],
    )
    barriers = forms.MultipleChoiceField(
        label="What stands in the way",
        required=False,
        help_text="As the patient says it.",
        widget=forms.CheckboxSelectMultiple,
        choices=[("cost", "Cost"), ("forgets", "Forgets"), ("side", "Side effects"), ("ride", "No way to get here")],
    )
    wants_delivery = forms.BooleanField(label="Wants delivery", required=False)
    languages = forms.MultipleChoiceField(
        label="Languages", required=False, choices=[("en", "English"), ("es", "Spanish"), ("vi", "Vietnamese")]
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    document = forms.FileField(label="Document", required=False)
    born_on = forms.DateField(
        label="Date of birth", required=False, widget=forms.SelectDateWidget(years=range(1930, 1940))
    )
    called_at = forms.SplitDateTimeField(label="Called at", required=False)
    password = forms.CharField(label="Password", required=False, widget=forms.PasswordInput)
    lot = forms.CharField(label="Lot", required=False, initial="A1234", disabled=True)
    draft = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        self.add_error(None, "The visit is dated before the patient came to this pharmacy.")


class DismissForm(forms.Form):
    reason = forms.ChoiceField(
        label="Why",
        choices=[("unreachable", "Cannot be found"), ("moved", "Moved to another pharmacy"), ("done", "Already done")],
    )
    until = forms.DateField(label="Ask again on", required=False, widget=forms.DateInput(attrs={"type": "date"}))


def context():
    """The context of `_components/gallery.html`."""
    query = QueryDict("sort=due")
    return {
        "today": TODAY,
        "colours": COLOURS,
        "blank_form": ExampleForm(prefix="blank"),
        "wrong_form": ExampleForm(
            {"wrong-phone": "", "wrong-systolic": "999", "wrong-email": "nobody"}, prefix="wrong"
        ),
        "dismiss_form": DismissForm(prefix="dismiss"),
        "worklist_columns": headings(WORKLIST_COLUMNS, query=query),
        "worklist": worklist(),
        "worklist_page": Page("1 to 6 of 18 open flags", next_href="?sort=due&after=row6"),
        "claim_columns": headings(CLAIM_COLUMNS, query=QueryDict("sort=-charged")),
        "claims": CLAIMS,
        "claims_page": Page("51 to 53 of 53 claims", previous_href="?before=c51"),
        "segments": SEGMENTS,
        "tabs": TABS,
        "crumbs": [("Patients", "#patients"), ("Okafor, Ngozi", "#okafor"), ("Adherence call", "")],
        "steps": STEPS,
        "ended_badly": ENDED_BADLY,
        "facts": FACTS,
        "timeline": timeline(),
        "patient": PATIENT,
        "strips": [late_strip(), covered_strip(), short_strip()],
        "blood_pressure": blood_pressure(),
        "a1c": a1c(),
        "saved_at": datetime(2026, 11, 24, 20, 14, tzinfo=UTC),
    }


COLOURS = (
    "bg",
    "surface",
    "sunken",
    "accent",
    "accent-soft",
    "urgent",
    "urgent-soft",
    "high",
    "high-soft",
    "routine",
    "routine-soft",
    "ok",
    "ok-soft",
)
SEGMENTS = [
    {"label": "All", "href": "#all", "count": 18, "current": True},
    {"label": "Urgent", "href": "#urgent", "count": 5},
    {"label": "Due today", "href": "#due", "count": 4},
    {"label": "Mine", "href": "#mine", "count": 0},
]
TABS = [
    {"label": "Overview", "href": "#overview", "current": True},
    {"label": "Medications", "href": "#medications", "count": 6},
    {"label": "Care plan", "href": "#plan"},
    {"label": "Billing", "href": "#billing", "count": 2},
]
STEPS = [
    {"label": "Call", "state": "done"},
    {"label": "Barriers and plan", "state": "now"},
    {"label": "Letter", "state": "next"},
    {"label": "Service claim", "state": "next"},
]
ENDED_BADLY = [{"label": "Received", "state": "done"}, {"label": "Refused", "state": "failed"}]
FACTS = [
    ("Member id", "BR-0041872"),
    ("Plan", "Blue Ridge Medicare Advantage, H1234-007"),
    ("Low-income subsidy", "Level 2"),
    ("Prescriber", "Dr. Hall, Cedar Family Medicine"),
]
PATIENT = {
    "name": "Okafor, Ngozi",
    "age": "74 years",
    "sex": "female",
    "born_on": date(1952, 3, 9),
    "phone": "512-555-0142",
    "language": "English, Igbo",
    "plan": "Blue Ridge Medicare Advantage",
    "consent": "Calls and texts, 3 Feb 2026",
    "attributed_since": date(2026, 2, 1),
    "attributed_because": "7 of 9 fills in the last year were here",
    "chips": [("urgent", "2 urgent flags"), ("info", "Interpreter not needed")],
    "actions": [
        {"label": "Call", "href": "#call", "icon": "phone", "kind": "primary"},
        {"label": "New encounter", "href": "#new", "icon": "plus", "kind": ""},
    ],
}
CLAIMS = [
    {
        "id": "SC-20311",
        "service": "Adherence call",
        "patient": "Okafor, Ngozi",
        "chip": ("ok", "Paid"),
        "charged": "$42.00",
        "paid": "$42.00",
    },
    {
        "id": "SC-20312",
        "service": "Vaccination, zoster",
        "patient": "Lindqvist, Harald",
        "chip": ("routine", "Submitted"),
        "charged": "$22.50",
        "paid": "",
    },
    {
        "id": "SC-20315",
        "service": "Adherence call",
        "patient": "Abernathy-Castellanos, Maria Guadalupe",
        "chip": ("urgent", "Denied"),
        "charged": "$42.00",
        "paid": "$0.00",
    },
]


def worklist():
    """Rows of Today: long names, a value that is missing, nobody, late, open."""
    plain = {
        "panel_href": "",
        "do": "",
        "assign_href": "",
        "dismiss_href": "#dismiss",
        "is_late": False,
        "owner": "Bob",
    }
    rows = [
        (
            "urgent",
            "Okafor, Ngozi",
            "74, Blue Ridge MAPD",
            "Will fail hypertension adherence unless filled by 3 Dec.",
            79,
            "4 days left",
            9,
            "$42",
        ),
        (
            "urgent",
            "Abernathy-Castellanos, Maria Guadalupe",
            "81, Commonwealth Care Advantage Plus",
            "Will fail statin adherence unless filled by 26 Nov.",
            78,
            "2 days left",
            2,
            "$42",
        ),
        (
            "high",
            "Lindqvist, Harald",
            "69, Blue Ridge MAPD",
            "Diabetes medicines: supply ended 6 days ago.",
            84,
            "21 days left",
            21,
            "$42",
        ),
        (
            "high",
            "Nguyen, Thi Hoa",
            "77, Piedmont PDP",
            "Low adherence to two classes; the second fill of losartan never came.",
            58,
            "goal out of reach",
            None,
            "$42",
        ),
        (
            "routine",
            "Brandt, Otto",
            "66, Blue Ridge MAPD",
            "Due for a zoster vaccination.",
            None,
            "first of 2 doses",
            37,
            "$22",
        ),
        ("ok", "Sow, Aminata", "72, Piedmont PDP", "Filled yesterday after the call.", 92, "safe this year", None, ""),
    ]
    made = []
    for number, (severity, name, about, why, pdc, matters, days, worth) in enumerate(rows, start=1):
        act_on = TODAY + timedelta(days=days) if days is not None else None
        words = f"in {days} days" if days else ""
        made.append(
            {
                **plain,
                "id": number,
                "href": f"#row-{number}",
                "severity": severity,
                "name": name,
                "about": about,
                "why": why,
                "pdc": pdc,
                "matters": matters,
                "act_on": act_on,
                "act_words": words,
                "worth": worth,
            }
        )
    made[0] |= {
        "owner": "",
        "assign_href": "#assign",
        "do": "Call; offer synchronisation or delivery.",
        "is_open": True,
    }
    made[1] |= {"is_late": True, "owner": "Alice", "do": "Call today; a 90-day fill would cover the year."}
    made[3] |= {"owner": ""}
    return made


def timeline():
    return [
        {
            "on": date(2026, 11, 23),
            "title": "Flag raised: will fail unless filled by 3 Dec",
            "text": "PDC 79% to date, 4 days may still be missed.",
            "icon": "flag",
            "tone": "urgent",
        },
        {
            "on": date(2026, 11, 12),
            "title": "Home from hospital",
            "text": "Six days, heart failure.",
            "icon": "hospital",
            "tone": "",
        },
        {
            "on": date(2026, 10, 2),
            "title": "Adherence call completed",
            "text": "Forgets the evening dose; pill box given.",
            "who": "Bob, technician",
            "icon": "phone",
            "tone": "accent",
            "href": "#encounter",
        },
        {
            "on": date(2026, 9, 30),
            "title": "Service claim paid, $42.00",
            "text": "",
            "icon": "circle-check",
            "tone": "ok",
            "href": "#claim",
        },
    ]
