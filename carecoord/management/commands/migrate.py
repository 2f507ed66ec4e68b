from contextlib import contextmanager

from django.conf import settings
from django.core.management.commands import migrate
from django.db import transaction
from django.db.migrations.state import ProjectState

from carecoord.kernel.accounts.actions import sign_ins
from carecoord.kernel.audit import trail
from carecoord.kernel.drugs import actions as drugs
from carecoord.kernel.drugs.models import MmePerUnit
from carecoord.kernel.tenancy import walls
from carecoord.kernel.tenancy.context import acting_as, logged_in, worker_for


class Command(migrate.Command):
    """`manage.py migrate`, as the owner; then the walls, the audit triggers, the seal on second factors that were kept in the clear,
    and the drug reference if there is none, or none with MME."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args, **options):
        with few_models_rendered():
            super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"] or options["app_label"]:
            return
        walls.sync(using=options["database"])
        trail.sync(using=options["database"])
        seal_second_factors()
        if not settings.TESTING:
            with acting_as(worker_for()):
                if not MmePerUnit.objects.exists():
                    drugs.load_built_in()


def seal_second_factors():
    """Everybody's, also of those who never sign in again. What is sealed stays as it is, so it may run any number of times."""
    with logged_in("owner"), transaction.atomic():
        for person in sign_ins.who_lies_open():
            sign_ins.seal_factors(person=person, by=None)


@contextmanager
def few_models_rendered():
    """A constraint or an index changes no field, and Django renders everything around its model anew: a third of a first migrate."""
    usual = ProjectState._append_option, ProjectState._remove_option
    ProjectState._append_option, ProjectState._remove_option = _append_option, _remove_option
    try:
        yield
    finally:
        ProjectState._append_option, ProjectState._remove_option = usual


def _append_option(state, app_label, model_name, option, added):
    _set_option(state, app_label, model_name, option, lambda rows: [*rows, added])


def _remove_option(state, app_label, model_name, option, name):
    _set_option(state, app_label, model_name, option, lambda rows: [each for each in rows if each.name != name])


def _set_option(state, app_label, model_name, option, change):
    options = state.models[app_label, model_name].options
    options[option] = change(options[option])
    if "apps" in vars(state):
        setattr(state.apps.get_model(app_label, model_name)._meta, option, options[option])
