"""`manage.py write_client`: makes what of the Python client follows from the OpenAPI document."""

import json
import subprocess
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from carecoord.faces.api.described import routes
from carecoord.faces.api.openapi import as_python, document

CLIENT = Path(__file__).resolve().parents[2] / "client"


def modules():
    """{file: its text}, formatted as the house does; needs ruff, which the tests need too."""
    told = json.loads(document(routes()))
    made = as_python.shapes(told) | {"operations": as_python.operations(told)}
    return {CLIENT / f"{name}.py": _formatted(text) for name, text in made.items()}


def _formatted(text):
    ruff = (sys.executable, "-m", "ruff", "format", "--config", str(CLIENT.parents[1] / "pyproject.toml"), "-")
    return subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout


class Command(BaseCommand):
    help = "Writes carecoord/client/shapes*.py and operations.py out of the OpenAPI document."

    def handle(self, **options):
        for file, text in modules().items():
            file.write_text(text)
            self.stdout.write(f"{file.name}: {len(text.splitlines())} lines")
