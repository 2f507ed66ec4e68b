from django.core.management.commands import migrate

from carecoord.kernel.audit import trail
from carecoord.kernel.tenancy import walls


class Command(migrate.Command):
    """`manage.py migrate`, as the owner, and then the walls: the only thing that ever logs in as the owner."""

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args, **options):
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            walls.sync(using=options["database"])
            trail.sync(using=options["database"])
