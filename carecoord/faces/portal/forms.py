"""The portal's forms. They judge shapes; what may be done is judged by the actions."""

from django import forms
from django.forms.utils import ErrorDict, ErrorList

from carecoord.faces.fields import DayField, Words
from patients.care.models import OutreachTry
from patients.care.protocol import Kind
from patients.flags.models import Flag
from patients.models import Consent
from patients.programs.models import Enrolment, Program


class DismissForm(forms.Form):
    reason = forms.ChoiceField(label="Why", choices=[("", "Choose"), *Flag.Dismissal.choices])
    until = DayField(label="Ask again on", required=False, help_text="Empty: when claims change.")
    note = Words(label="Note", required=False, max_length=400)


class SnoozeForm(forms.Form):
    days = forms.TypedChoiceField(
        label="Until",
        choices=[("1", "Tomorrow"), ("3", "In three days"), ("7", "In a week"), ("14", "In two weeks"), ("", "A day:")],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        initial="3",
    )
    until = DayField(label="Day", required=False)
    why = Words(label="Why", required=False, max_length=200)

    def clean(self):
        given = super().clean()
        if given.get("days") is None and not given.get("until"):
            raise forms.ValidationError("Choose until when.")
        return given


class TryForm(forms.Form):
    channel = forms.ChoiceField(label="How", choices=OutreachTry.Channel.choices, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(label="What came of it", choices=OutreachTry.Outcome.choices, widget=forms.RadioSelect)
    call_back_at = forms.DateTimeField(
        label="Call back at",
        required=False,
        help_text="Where they asked to be called back.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = Words(label="Note", required=False, max_length=400)
    anyway = forms.BooleanField(
        label="It happened all the same",
        required=False,
        help_text="For a try that the policy speaks against; the note says why. It does not count.",
    )


class DeathForm(forms.Form):
    """`do` says which of the three; `words` who told, how it is known, or why it was a mistake."""

    ASKS = {
        "report": ("Who told you", "Say who told you."),
        "confirm": ("How you know", "Say how you know."),
        "withdraw": ("Why it was a mistake", "Say why it was a mistake."),
    }
    do = forms.CharField(widget=forms.HiddenInput)
    words = Words(max_length=200)
    died_on = DayField(label="Died on, if known", required=False)

    def __init__(self, data=None, *, do):
        super().__init__(data, initial={"do": do}, auto_id=f"{do}_%s")
        self.do = do
        self.fields["words"].label, self.fields["words"].error_messages["required"] = self.ASKS[do]
        if do != "report":
            del self.fields["died_on"]


class FactForm(forms.Form):
    """A kind of fact as a form."""

    use_required_attribute = False

    def __init__(self, kind, details, missing=()):
        super().__init__(initial=details)
        for each in kind.fields:
            self.fields[each.name] = _FIELDS[each.kind](each, required=each.needed)
        self._errors = ErrorDict()
        for each in missing:
            self._errors.setdefault(each.field, ErrorList()).append(each.sentence)


class AssignForm(forms.Form):
    """To whom; nobody named is oneself."""

    to = forms.UUIDField(required=False)


class ConsentForm(forms.Form):
    kind = forms.ChoiceField(label="For", choices=Consent.Kind.choices)
    is_given = forms.TypedChoiceField(
        label="The patient",
        choices=[("yes", "agrees"), ("no", "refuses")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    since = DayField(label="Since")


class StartForm(forms.Form):
    protocol = forms.CharField(max_length=30)
    flag = forms.UUIDField(required=False)


class VisitForm(forms.Form):
    """A protocol as a form. It shows `answers` and the sentences of `missing`; drafts are saved whatever they hold."""

    use_required_attribute = False  # a browser must let an unfinished draft be saved

    def __init__(self, protocol, answers, missing=(), lots=()):
        super().__init__(initial=answers)
        fields = [each for each in protocol.fields if each.kind != Kind.LOT or lots]
        for each in fields:
            self.fields[each.name] = _FIELDS[each.kind](each, required=each.needed and each.matters(answers))
            if each.kind == Kind.LOT:
                self.fields[each.name].choices = [("", "None of these"), *lots]
        self._errors = ErrorDict()
        for each in missing:
            self._errors.setdefault(each.field, ErrorList()).append(each.sentence)
        self.groups, numbers = {}, {}
        for each in fields:
            self.groups.setdefault(each.group, []).append(self[each.name])
            numbers.setdefault(each.group, []).append(each.kind == Kind.NUMBER)
        self.in_a_row = {group for group, are_numbers in numbers.items() if all(are_numbers)}
        """Groups of numbers alone, which stand side by side."""


def answers_in(protocol, posted):
    """What the form sent, as answers: text, or a list where several can be chosen. Fields that a browser leaves out are empty."""
    named = {name: posted.getlist(name) for name in posted if name not in OURS}
    answers = {name: values[-1] if values else "" for name, values in named.items()}
    for each in protocol.fields:
        if each.kind == Kind.SEVERAL:
            answers[each.name] = named.get(each.name, [])
        elif each.kind == Kind.YES:
            answers[each.name] = "yes" if answers.get(each.name) else ""
    return answers


OURS = frozenset(["csrfmiddlewaretoken", "revision", "kind", "replaces"])


def _field(make, **more):
    def build(each, *, required):
        return make(label=each.label, required=required, help_text=each.help, **{k: v(each) for k, v in more.items()})

    return build


def _with_blank(each):
    return [("", "Choose"), *each.choices]


_FIELDS = {
    Kind.TEXT: _field(
        forms.CharField, widget=lambda each: forms.TextInput(attrs={"maxlength": 200, "autocomplete": "off"})
    ),
    Kind.LONG_TEXT: _field(forms.CharField, widget=lambda each: forms.Textarea(attrs={"rows": 3, "maxlength": 4000})),
    Kind.NUMBER: _field(
        forms.CharField,
        widget=lambda each: forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 6, "autocomplete": "off"}),
    ),
    Kind.TIME: _field(
        forms.CharField, widget=lambda each: forms.TextInput(attrs={"type": "time", "autocomplete": "off"})
    ),
    Kind.DAY: _field(DayField),
    Kind.ONE: _field(forms.ChoiceField, choices=lambda each: each.choices, widget=lambda each: forms.RadioSelect()),
    Kind.LIST: _field(forms.ChoiceField, choices=_with_blank),
    Kind.SEVERAL: _field(
        forms.MultipleChoiceField,
        choices=lambda each: each.choices,
        widget=lambda each: forms.CheckboxSelectMultiple(),
    ),
    Kind.YES: _field(forms.BooleanField),
    Kind.LOT: _field(forms.ChoiceField),
    Kind.BARCODE: _field(
        forms.CharField,
        widget=lambda each: forms.TextInput(attrs={"maxlength": 120, "autocomplete": "off", "spellcheck": "false"}),
    ),
}


class LeaveForm(forms.Form):
    """`program` is asked by its code: of several, one can be left."""

    program = forms.ModelChoiceField(
        Program.objects.none(), label="Programme", to_field_name="code", empty_label=None,
        error_messages={"invalid_choice": "Choose a programme in which this member is enrolled here."},
    )  # fmt: skip
    note = Words(label="In their words, if they say why", max_length=1000, required=False)

    def __init__(self, data=None, *, user, patient, store):
        super().__init__(data, auto_id="leave_%s")
        here = Enrolment.objects.visible_to(user).filter(
            patient__in=patient.records, pharmacy=store, days__upper_inf=True
        )
        programs = Program.objects.visible_to(user).filter(pk__in=here.values("program")).order_by("title")
        self.fields["program"].queryset = programs
