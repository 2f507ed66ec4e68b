"""manage.py set_up FILE.toml: PBM, payers, network, contract, programme, clients, people and papers of a new installation."""

import argparse
import json
import tomllib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from patients.programs import installation

EXAMPLE = """
Sets up a new installation from one file, and prints what it made as JSON, first passwords included. Running it again
adds only what is new. The whole file is checked first and every problem listed; one problem, and nothing is written.
--dry-run checks, tries it, prints what would be made, and writes nothing.
[pbm] with its payers and one of [[people]] are enough: the rest can be done on the PBM site.
Pharmacies come first (load_pharmacies), clients with the first eligibility feed (load_feed) or on the site.

    [pbm]
    code = "northbridge"
    name = "Northbridge PBM"
    payers = { acme = "Acme Health" }

    [network]                             # may be left out, then contract and program are too
    code = "lantern"
    name = "Lantern Network"
    since = 2026-01-01
    pharmacies = ["1000000186"]           # NPIs: in the network, and in the PBM's network

    [contract]                            # may be left out
    code = "SVC-1"
    title = "Pharmacist services"
    since = 2026-01-01                    # and until = 2026-12-31, or no end
    fees = { "99606" = ["Adherence call", 3200] }    # code = [short label, cents]
    uplift_basis_points = 1250            # 12.5 percent more at rural pharmacies; may be left out

    [program]                             # may be left out
    code = "medicare-htn-dm"
    title = "Medicare hypertension and diabetes"
    definition = "medicare_htn_dm"
    since = 2026-01-01
    clients = { acme = "*" }              # payer = "*" for every client known now, or a list of their codes
    contact = "Call 304-555-0100"         # how members say no, on their letters; may be left out

    [[people]]                            # one of them a "program" or "admin" at the PBM
    email = "dana@example.org"
    name = "Dana Dale"
    role = "program"                      # owner pharmacist technician network_lead program claims admin auditor
    at = "pbm"                            # or "network", or the NPI of a pharmacy

    [[papers]]                            # without papers every claim is sent with a warning; may be left out
    npi = "1000000186"
    kind = "license"                      # immunization dsmt exclusion_check attestation
    since = 2026-01-01                    # and until, number, issuer, state, evidence
    number = "P-1"                        # email = "alice@example.org" makes it that person's, who works there already
"""


class Command(BaseCommand):
    help = EXAMPLE

    def create_parser(self, *args, **kwargs):
        return super().create_parser(*args, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would be made, and make nothing")

    def handle(self, *, file, dry_run, **options):
        try:
            made = installation.set_up(_read(file), dry_run=dry_run)
        except installation.CannotSetUp as refusal:
            found = refusal.problems
            count = f"{len(found)} problem{'s' if len(found) > 1 else ''}"
            raise CommandError(
                "\n  ".join([f"Nothing was written; {file.name} has {count}:", *map(str, found)])
            ) from None
        self.stdout.write(json.dumps(made, indent=2))


def _read(file):
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        raise CommandError(f"The file is not UTF-8: byte {wrong.start + 1} is none. Save it as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise CommandError(f"The file is not TOML: {wrong}") from None
