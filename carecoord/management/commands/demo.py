"""`manage.py demo`: everything on one machine, with an invented population."""

import json
import os
import sys

from django.core.management.base import BaseCommand, CommandError

from carecoord.demo import build
from carecoord.demo.people import password
from carecoord.embedded import CannotStart
from carecoord.embedded.only_one import only_one
from carecoord.embedded.stack import run_stack


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--members", type=int, default=2000, help="size of the invented population (default 2,000)")
        parser.add_argument(
            "--port", type=int, help="a taken port is an error; without it the next free one from 8000 on"
        )
        parser.add_argument(
            "--once", action="store_true", help="build, run the main job, print its summary as JSON, stop"
        )
        parser.add_argument("--reset", action="store_true", help="start over: the demo's data are thrown away first")
        parser.add_argument(
            "--with-second-factor", action="store_true", help="sign in with an authenticator app, as in earnest"
        )

    def handle(self, *, members, port, once, reset, with_second_factor, **options):
        if not 1 <= members <= 1_000_000:
            raise CommandError("--members takes a number from 1 to 1,000,000.")
        os.environ["CARECOORD_DEMO"] = "1"  # for the web server and the workers, which are started below
        os.environ["CARECOORD_SECOND_FACTOR"] = "1" if with_second_factor else "0"
        try:
            if once:
                with only_one():  # a demo that runs is not rebuilt under its feet
                    summary = build.everything(members=members, reset=reset, say=self.say)
                self.stdout.write(json.dumps(summary, indent=2, default=str))
                return
            code = run_stack(
                port=port,
                prepare=lambda: build.everything(members=members, reset=reset, say=self.say),
                announce=self.announce,
                say=self.say,
            )
        except (CannotStart, build.NotADemo) as error:
            raise CommandError(str(error)) from error
        sys.exit(code)

    def say(self, line):
        self.stderr.write(line)

    def announce(self, address):
        """Where it is, and one log-in for each role."""
        lines = ["", f"CareCoord is running at {address}", "", f"  password for everybody: {password()}", ""]
        lines += [f"  {email:<22} {role:<24} {where}" for email, role, where in build.log_ins()]
        if os.environ["CARECOORD_SECOND_FACTOR"] == "0":
            lines += [
                "",
                "  DEMO: the second factor is switched off, and all people in it are invented. Never do this with real data.",
            ]
        lines += ["", "Ctrl-C stops everything; the data stay. `manage.py demo --reset` starts over.", ""]
        self.stderr.write("\n".join(lines))
