"""`manage.py screenshots DIR`: every page of portal and PBM site, wide and narrow, light and dark."""

import logging
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.test import override_settings

from carecoord.demo import album, build, pages, pictures, places
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context

IN_FRONT_OF_THE_CAMERA = {
    "DEMO": True,
    "SECOND_FACTOR_REQUIRED": False,
    "ALLOWED_HOSTS": ["localhost", "testserver"],
    "LOCK_AFTER_SECONDS": 12 * 60 * 60,  # nobody is signed or locked out between two pictures
    "SESSION_COOKIE_AGE": 12 * 60 * 60,
    "ACCOUNT_REAUTHENTICATION_TIMEOUT": 12 * 60 * 60,
}


class Command(BaseCommand):
    help = (
        "Take pictures of every page of the demo at 1440 and 390 px, light and dark, into DIR, with a contact sheet "
        "(index.html). The demo is built if it is not there; this process serves it. Needs Playwright and Chromium."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--members", type=int, default=2000, help="size of the demo, if it has to be built")
        parser.add_argument("--only", default="", help="only routes that begin with this, such as portal/billing")

    def handle(self, *, folder, members, only, **options):
        logging.getLogger("carecoord").setLevel(logging.WARNING)
        try:
            pictures.playwright()
            self.check_is_a_demo()
            folder.mkdir(parents=True, exist_ok=True)
            with override_settings(**IN_FRONT_OF_THE_CAMERA):
                build.everything(members=members, reset=False, say=self.stderr.write)
                album.fill()
                found = [page for page in pages.everything() if page.route.startswith(only)]
                with pictures.served() as address:
                    taken = pictures.take(found, folder, address=address, say=self.stderr.write)
        except (pictures.NoBrowser, build.NotADemo) as error:
            raise CommandError(str(error)) from error
        (folder / "index.html").write_text(pictures.contact_sheet(taken))
        for picture in taken:
            for fault in picture.faults:
                self.stderr.write(f"{picture.page.path} at {picture.width} px, {picture.scheme}: {fault}")
        self.stdout.write(f"{len(taken)} pictures of {len(found)} pages: {folder / 'index.html'}")

    def check_is_a_demo(self):
        """Invented people only: a database with other payers is left alone."""
        tables = connections["owner"].introspection.table_names()
        if "accounts_organisation" in tables:
            with context.logged_in("worker"):
                if Organisation.objects.filter(kind="payer").exclude(code=places.PAYER).exists():
                    raise build.NotADemo("The database holds more than a demo: no pictures are taken of it.")
