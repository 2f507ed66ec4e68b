"""What a pharmacy is asked to correct or void a claim."""

from django import forms

from carecoord.faces.fields import Words

MOST_UNITS = 999


class CorrectionForm(forms.Form):
    """The units of each line; 0 leaves the line out. Everything else comes from the visit, as it is known now."""

    note = forms.CharField(
        label="What the payer should know", max_length=400, required=False, help_text="The person who decides reads it."
    )

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[f"units_{line.number}"] = forms.IntegerField(
                label=f"Units of {line.code}", min_value=0, max_value=MOST_UNITS, initial=line.units
            )
        self.order_fields([*(name for name in self.fields if name != "note"), "note"])

    def units(self):
        """Line number -> units."""
        given = self.cleaned_data.items()
        return {int(name.removeprefix("units_")): value for name, value in given if name.startswith("units_")}


class VoidForm(forms.Form):
    reason = Words(
        label="Why it is withdrawn",
        max_length=400,
        error_messages={"required": "Say why the claim is withdrawn."},
    )
