"""The forms of the care plan."""

from django import forms

from patients.care.models import Goal, Intervention, Problem

from .forms import day_input


def _with_blank(choices):
    return [("", "Choose"), *choices]


class ProblemForm(forms.Form):
    kind = forms.ChoiceField(label="What kind of problem", choices=_with_blank(Problem.Kind.choices))
    words = forms.CharField(label="The problem", max_length=300, help_text="In a few words.")
    medicine = forms.CharField(label="Medicine", max_length=200, required=False)


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
    words = forms.CharField(label="The goal", max_length=300, help_text="In the patient's words.")
    systolic = forms.IntegerField(
        label="Upper number below", required=False, help_text="For a blood pressure goal: moves the band of the chart."
    )
    diastolic = forms.IntegerField(label="Lower number below", required=False)
    due_on = forms.DateField(label="Until", widget=day_input())


class InterventionForm(_OfProblem):
    field_order = ["kind", "words", "problem"]
    kind = forms.ChoiceField(label="What is done", choices=_with_blank(Intervention.Kind.choices))
    words = forms.CharField(label="In detail", max_length=300)


class MoveForm(forms.Form):
    to = forms.CharField(max_length=10)
    why = forms.CharField(max_length=300, required=False)


FORMS = {"problem": ProblemForm, "goal": GoalForm, "intervention": InterventionForm}
