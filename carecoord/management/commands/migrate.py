from django.conf import settings
from django.core.management.commands import migrate
from django.db import transaction

from carecoord.kernel.accounts.actions import sign_ins
from carecoord.kernel.audit import trail
from carecoord.kernel.drugs import actions as drugs
from carecoord.kernel.drugs.models import Product
from carecoord.kernel.tenancy import walls
from carecoord.kernel.tenancy.context import acting_as, logged_in, worker_for


class Command(migrate.Command):
    """`manage.py migrate`, as the owner; then the walls, the audit triggers, the seal on second factors that were kept in the clear,
    and the drug reference if there is none."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args, **options):
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"] or options["app_label"]:
            return
        walls.sync(using=options["database"])
        trail.sync(using=options["database"])
        seal_second_factors()
        if not settings.TESTING:
            with acting_as(worker_for()):
                if not Product.objects.exists():
                    drugs.load_built_in()


def seal_second_factors():
    """Everybody's, also of those who never sign in again. What is sealed stays as it is, so it may run any number of times."""
    with logged_in("owner"), transaction.atomic():
        for person in sign_ins.who_lies_open():
            sign_ins.seal_factors(person=person, by=None)
