"""The page for a payer's engineer: its commands, pasted as they stand, lead from nothing to a loaded file."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from carecoord.kernel.jobs import actions as jobs
from patients.claims.models import Delivery
from tests.conftest import as_owner

TOOLS = ("bash", "curl", "openssl")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}"),
]


@pytest.fixture
def blocks(client, live_server):
    page = client.get("/api/v1/docs", headers={"Host": live_server.url.removeprefix("http://")}).content.decode()
    start = page[page.index('id="start"') : page.index('id="operations"')]
    return [html.unescape(one) for one in re.findall(r"<pre>(.*?)</pre>", start, re.DOTALL)]


def run(folder, *commands):
    """What a shell prints that these were pasted into; the tools are those of the tests instead of new ones."""
    told = "\n".join(commands).replace("tools/bin/python", sys.executable)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", told], cwd=folder, capture_output=True, text=True, timeout=120, check=True
    ).stdout


def test_what_stands_on_the_page_works(blocks, frank, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DELIVERIES", tmp_path / "deliveries")
    key, token, file, became, parts = blocks
    assert key.startswith("python3 -m venv tools")
    run(tmp_path, key.partition("\n")[2])
    with as_owner():
        frank.public_jwks = json.loads(Path(tmp_path, "jwks.json").read_text())
        frank.save()
    told = run(tmp_path, token.replace("cc_...", frank.client_id), file, became, parts)
    assert '"state":"received"' in told and "upload-offset:" in told.lower()
    jobs.drain()
    with as_owner():
        first, second = Delivery.objects.filter(client=frank).order_by("pk")
    assert (first.state, second.state, first.rejected) == ("loaded", "loaded", 0)
    assert first.loaded == second.repeated > 0
