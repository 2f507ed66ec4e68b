"""The house keeps its rules; each rule is shown to find a planted fault."""

import re
import subprocess
import sys
from types import ModuleType

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import get_resolver, path

from carecoord.faces.guard import open_to_all, requires
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.tenancy.models import TenantModel

from . import guards

FILES = guards.source_files()
WALLED = [m for m in apps.get_models() if getattr(m, "walls", None) is not None]
OWN_MODELS = [m for m in apps.get_models() if m.__module__.split(".")[0] in guards.OURS]


def plant(tmp_path, name, text):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_no_file_has_a_name_that_says_nothing(tmp_path):
    assert guards.badly_named(FILES) == []
    assert guards.badly_named([plant(tmp_path, "patients/utils.py", "")])
    assert guards.badly_named([plant(tmp_path, "patients/services/bill.py", "")])


def test_files_are_short(tmp_path):
    assert guards.too_long(FILES) == []
    assert guards.too_long([plant(tmp_path, "long.py", "x = 1\n" * 401)])


def test_the_top_level_holds_what_belongs_there():
    tracked = subprocess.run(["git", "ls-files"], cwd=guards.ROOT, capture_output=True, text=True).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout")
    assert guards.out_of_place({name.split("/")[0] for name in tracked}) == []
    assert guards.out_of_place(["docs", "README.md", ".ci", "setup.cfg"]) == ["docs", "setup.cfg"]


def test_faces_never_write(tmp_path):
    assert guards.writing_faces([f for f in FILES if "faces" in f.parts]) == []
    assert guards.writing_faces([plant(tmp_path, "view.py", "flag.save()\n")])
    assert guards.writing_faces([plant(tmp_path, "view.py", "Flag.objects.filter(pk=1).update(rank=2)\n")])


def test_raw_sql_stays_where_it_is_allowed(tmp_path):
    assert guards.raw_sql(FILES) == []
    assert guards.raw_sql([plant(tmp_path, "patients/flags/x.py", "with connection.cursor() as c:\n")], tmp_path)


def test_no_import_hides_in_a_function(tmp_path):
    assert guards.hidden_imports(FILES) == []
    assert guards.hidden_imports([plant(tmp_path, "x.py", "def f():\n    from patients import models\n")])
    assert guards.hidden_imports([plant(tmp_path, "x.py", "def f():\n    from .models import A\n")])


def test_every_field_is_phi_or_plain():
    assert guards.unclassed_fields(WALLED) == []

    class Planted(TenantModel):
        name = models.TextField()
        phi = frozenset({"ghost"})

        class Meta:
            app_label = "planted"

    assert len(guards.unclassed_fields([Planted])) == 2


def test_every_model_says_who_may_see_it():
    assert guards.unowned_models(OWN_MODELS, settings.OPEN_TABLES) == []

    class Ownerless(models.Model):
        class Meta:
            app_label = "planted"

    assert guards.unowned_models([Ownerless], settings.OPEN_TABLES)


def test_every_action_is_audited():
    modules = guards.action_modules()
    assert guards.unaudited_actions(modules) == []
    assert sum(len(vars(m)) for m in modules) > 20

    planted = ModuleType("planted")
    exec("def close(*, flag, by): pass\ndef shut(flag, by): pass\n", planted.__dict__)  # noqa: S102
    for name in ("close", "shut"):
        vars(planted)[name].__module__ = "planted"
    assert len(guards.unaudited_actions([planted])) == 3


@pytest.mark.django_db
def test_an_action_that_records_nothing_is_rolled_back():
    @audited
    def silent(*, by):
        return 1

    @audited
    def honest(*, by):
        record(event="test.done", by=by)
        return 1

    with pytest.raises(Exception, match="recorded nothing"):
        silent(by=None)
    assert honest(by=None) == 1


def test_every_address_is_guarded():
    assert guards.unguarded(get_resolver()) == []

    class Planted:
        url_patterns = [
            path("bare", lambda request: None),
            path("asks", requires(Permission.PATIENT_VIEW)(lambda request: None)),
            path("open", open_to_all("a test")(lambda request: None)),
        ]

    assert guards.unguarded(Planted) == ["bare"]


def test_the_tenancy_middleware_is_last():
    assert settings.MIDDLEWARE[-1] == "carecoord.faces.middleware.TenancyMiddleware"


CONTRACT = """
[tool.importlinter]
root_packages = ["upper", "lower"]
[[tool.importlinter.contracts]]
name = "floors"
type = "layers"
layers = ["upper", "lower"]
"""


def lint_imports(folder):
    code = (
        "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    return subprocess.run([sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True)


def test_imports_go_down_the_floors(tmp_path):
    house = lint_imports(guards.ROOT)
    assert house.returncode == 0, house.stdout + house.stderr
    assert re.search(r"Contracts: [6-9] kept, 0 broken", house.stdout)
    plant(tmp_path, "pyproject.toml", CONTRACT)
    plant(tmp_path, "upper/__init__.py", "")
    plant(tmp_path, "lower/__init__.py", "import upper\n")
    assert lint_imports(tmp_path).returncode == 1
