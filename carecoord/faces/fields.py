"""Fields of every face's forms: they let in what a person can have meant, and say so of the rest."""

from django import forms

from carecoord.kernel.money import cents
from carecoord.kernel.periods import FIRST_YEAR, LAST_YEAR
from carecoord.kernel.words import BROKEN, tidy

LONGEST_AMOUNT = 14


class Words(forms.CharField):
    """Text that is kept: tidied, and refused where it came as bytes that are no text."""

    def to_python(self, value):
        text = tidy(super().to_python(value), lines=isinstance(self.widget, forms.Textarea))
        if BROKEN in text:
            raise forms.ValidationError("Some of it did not arrive as text. Please type it anew.", code="broken")
        return text


class DayField(forms.DateField):
    """A day, asked for with the browser's own calendar; of our time, so that a year may be added to it."""

    default_error_messages = {"invalid": "Write a valid date: year-month-day, such as 2026-11-30."}

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)

    def clean(self, value):
        day = super().clean(value)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(f"Write a day between {FIRST_YEAR} and {LAST_YEAR}.", code="not_of_our_time")
        return day


class Dollars(forms.Field):
    """'12.50' as cents; nothing as None. Not below nothing, and nothing finer than a cent."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "size": 8, "maxlength": 14, "autocomplete": "off"})

    def to_python(self, value):
        text = (value or "").strip().replace(",", "").removeprefix("$")
        if not text:
            return None
        try:
            if len(text) > LONGEST_AMOUNT or len(text.partition(".")[2]) > 2 or (amount := cents(text)) < 0:
                raise ValueError
        except ValueError:
            raise forms.ValidationError("Write an amount such as 12.50.", code="not_an_amount")
        return amount
