"""The forms and rows of the refrigerator's pages."""

from django import forms
from django.urls import reverse
from django.utils import timezone

from carecoord.faces.fields import DayField, Words
from carecoord.kernel.drugs.models import Product
from carecoord.kernel.drugs.ndc import NotAnNdc, to_ndc11
from patients.care import gs1, vaccines
from patients.care.protocol import LONGEST_WORD
from patients.care.shelf import SOON_DAYS

LOT = forms.RegexField(
    r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,19}$",
    label="Lot",
    required=False,
    error_messages={"invalid": "A lot has up to 20 letters, digits, dots and hyphens."},
)


def _vaccines(blank):
    return [("", blank), *((each.cvx, f"{each.label} (CVX {each.cvx})") for each in vaccines.every().values())]


class ReceiveForm(forms.Form):
    """A delivery. The scanned code stands in for lot, expiry and NDC."""

    barcode = forms.CharField(
        label="Scan the carton",
        required=False,
        max_length=120,
        strip=False,
        help_text="The square code; it stands for lot, expiry and NDC. Or type those below.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    cvx = forms.ChoiceField(label="Vaccine", choices=_vaccines("Choose"))
    product = Words(label="Product", max_length=100, help_text="As on the carton.")
    lot = LOT
    expires_on = DayField(
        label="Expires on",
        required=False,
        help_text="Where the carton shows a month alone: its last day.",
    )
    ndc = forms.CharField(
        label="NDC", required=False, max_length=14, help_text="Ten digits with hyphens, or eleven without."
    )
    doses = forms.IntegerField(label="Doses", min_value=1, max_value=5000)

    def clean(self):
        given = super().clean()
        given["ndc"] = self._ndc11(given.get("ndc", ""))
        if given.get("barcode"):
            self._read(given)
        for name, words in (("lot", "The lot"), ("expires_on", "The expiry")):
            if not given.get(name) and name not in self.errors and "barcode" not in self.errors:
                self.add_error(name, f"{words} is missing: scan the carton, or type it.")
        given.pop("barcode", None)
        return given

    def _ndc11(self, text):
        try:
            return to_ndc11(text) if text else ""
        except NotAnNdc as why:
            self.add_error("ndc", str(why))
            return ""

    def _read(self, given):
        try:
            read = gs1.read(given["barcode"], today=timezone.localdate())
        except gs1.NotABarcode as why:
            self.add_error("barcode", str(why))
            return
        if given.get("lot") and given["lot"].upper() != read.lot.upper():
            self.add_error("lot", f"The scanned code says lot {read.lot}.")
        if given.get("expires_on") and given["expires_on"] != read.expires_on:
            self.add_error("expires_on", f"The scanned code says {read.expires_on:%-d %b %Y}.")
        given |= {"lot": read.lot, "expires_on": read.expires_on, "ndc": self._ndc_of(read, given["ndc"])}

    def _ndc_of(self, read, typed):
        """The NDC that was typed, if the code can mean it; else the one of the three that the drug reference knows."""
        if typed:
            if typed not in read.ndcs:
                self.add_error("ndc", "The scanned code belongs to another NDC.")
            return typed
        known = list(Product.objects.filter(ndc11__in=read.ndcs).values_list("ndc11", flat=True))
        if len(known) == 1:
            return known[0]
        ten = read.gtin[3:13]
        could_be = f"{ten[:4]}-{ten[4:8]}-{ten[8:]}, {ten[:5]}-{ten[5:8]}-{ten[8:]} or {ten[:5]}-{ten[5:9]}-{ten[9:]}"
        self.add_error("ndc", f"The code has no hyphens. Type the NDC from the carton: {could_be}.")
        return ""


class ChangeForm(forms.Form):
    """One change of a lot; `do` says which. Only counting and throwing away have a number."""

    ASKS = {
        "count": ("Doses in the refrigerator", "How the difference came about"),
        "waste": ("Doses", "Why"),
        "recall": ("", "Who recalled it, and how you know"),
        "clear": ("", "Why it may be given again"),
    }
    do = forms.CharField(widget=forms.HiddenInput)
    number = forms.IntegerField(
        min_value=0,
        max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 6, "autocomplete": "off"}),
        error_messages={"required": "Give the number of doses."}
        | dict.fromkeys(("invalid", "min_value"), "Please give whole numbers."),
    )
    why = Words(required=False, max_length=LONGEST_WORD)

    def __init__(self, data=None, *, do, left=None):
        super().__init__(data, initial={"do": do, "number": left}, auto_id=f"{do}_%s")
        self.do = do
        number, self.fields["why"].label = self.ASKS[do]
        if number:
            self.fields["number"].label = number
        else:
            del self.fields["number"]


class RecallSearchForm(forms.Form):
    lot = forms.CharField(label="Lot", max_length=40)
    cvx = forms.ChoiceField(label="Vaccine", choices=_vaccines("Any"), required=False)


def row_of(lot, *, today, soon_days=None):
    """A VaccineLot as a row."""
    known = vaccines.every().get(lot.cvx)
    soon_days = SOON_DAYS.on(today) if soon_days is None else soon_days
    return {
        "it": lot,
        "vaccine": known.label if known else f"CVX {lot.cvx}",
        "href": reverse("portal:lot", args=[lot.public_id]),
        "chip": _chip(lot, (lot.expires_on - today).days, soon_days),
    }


def _chip(lot, days_left, soon_days):
    """(severity, words)."""
    if lot.is_recalled:
        return "urgent", "Recalled"
    if days_left < 0:
        return "urgent", "Expired"
    if not lot.doses_left:
        return "routine", "Used up"
    if days_left <= soon_days:
        return "high", "Expires soon"
    return "ok", "Usable"
