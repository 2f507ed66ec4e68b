"""The forms of the care plan."""

from django import forms

from carecoord.faces.fields import DayField, Words
from patients.care.models import Goal, Intervention, Problem


def _with_blank(choices):
    return [("", "Choose"), *choices]


class ProblemForm(forms.Form):
    kind = forms.ChoiceField(label="What kind of problem", choices=_with_blank(Problem.Kind.choices))
    words = Words(label="The problem", max_length=300, help_text="In a few words.")
    medicine = Words(label="Medicine", max_length=200, required=False)


class _OfProblem(forms.Form):
    """May belong to one of the open problems."""

    problem = forms.ChoiceField(label="For which problem", required=False)

    def __init__(self, *args, problems=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["problem"].choices = [("", "None of them"), *((str(each.public_id), each) for each in problems)]
        self.problems = {str(each.public_id): each for each in problems}

    def clean_problem(self):
        return self.problems.get(self.cleaned_data["problem"])


class GoalForm(_OfProblem):
    field_order = ["kind", "words", "systolic", "diastolic", "due_on", "problem"]
    kind = forms.ChoiceField(label="What it is about", choices=_with_blank(Goal.Kind.choices))
    words = Words(label="The goal", max_length=300, help_text="In the patient's words.")
    systolic = forms.IntegerField(
        label="Upper number below", required=False, help_text="For a blood pressure goal: moves the band of the chart."
    )
    diastolic = forms.IntegerField(label="Lower number below", required=False)
    due_on = DayField(label="Until")


class InterventionForm(_OfProblem):
    field_order = ["kind", "words", "problem"]
    kind = forms.ChoiceField(label="What is done", choices=_with_blank(Intervention.Kind.choices))
    words = Words(label="In detail", max_length=300)


class MoveForm(forms.Form):
    """A problem, goal or intervention (`about`) to another status."""

    to = forms.CharField(max_length=10, error_messages={"required": "Choose what became of it."})
    why = Words(max_length=300, required=False)

    def __init__(self, data, *, about):
        super().__init__(data, auto_id=f"%s-{about.public_id}")
        self.about = about
        self.fields["why"].label = "What came of it" if isinstance(about, Intervention) else "Why"


FORMS = {"problem": ProblemForm, "goal": GoalForm, "intervention": InterventionForm}
