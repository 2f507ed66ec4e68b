"""The rules of the house as functions that return faults, so that each can be run on the house and on a planted fault."""

import ast
import importlib
import inspect
import re
from pathlib import Path

from django.urls import URLPattern

ROOT = Path(__file__).resolve().parents[2]
OURS = ("carecoord", "pharmacies", "patients")
BANNED_NAMES = {"utils", "helpers", "common", "services", "managers", "mixins", "signals", "constants"}
TOP_LEVEL = {
    "manage.py",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "carecoord",
    "pharmacies",
    "patients",
    "templates",
    "tests",
}
LONGEST_FILE = 400
RAW_SQL_ROOMS = (
    "carecoord/kernel/",
    "patients/claims/",
    "patients/measures/",
    "carecoord/management/bench/",
    "carecoord/faces/middleware.py",
    "carecoord/operations/",
)
WRITES = re.compile(r"\.(save|create|bulk_create|update|bulk_update|delete|get_or_create|update_or_create|raw)\(")
RAW_SQL = re.compile(r"\.cursor\(|\.raw\(|RawSQL|\.extra\(|connection\.connection")


def source_files(root=ROOT):
    """Our Python files, migrations left out."""
    return [f for top in OURS for f in sorted((root / top).rglob("*.py")) if "migrations" not in f.parts]


def badly_named(files):
    return [str(f) for f in files if f.stem in BANNED_NAMES or BANNED_NAMES & set(f.parts)]


def too_long(files):
    return [f"{f}: {n} lines" for f in files if (n := len(f.read_text().splitlines())) > LONGEST_FILE]


def out_of_place(names):
    """Names at the top level that do not belong there: nothing but TOP_LEVEL, lock files and dotfiles does."""
    return [
        n
        for n in names
        if n not in TOP_LEVEL and not n.startswith(".") and not re.fullmatch(r"requirements(-dev)?\.lock", n)
    ]


def writing_faces(files):
    """Faces call actions; the session, cookies, forms' own plain data and the token endpoint's tables are no models of a room."""
    faults = []
    for file in files:
        if file.parts[-2:] == ("api", "tokens.py"):
            continue  # tokens are the API's own business: nothing below knows them
        text = file.read_text()
        actions = "|".join(_action_modules_in(text)) or "$^"
        for number, line in enumerate(text.splitlines(), 1):
            line = re.sub(rf"\b(?:{actions})\.\w+\(", "", line)
            if WRITES.search(line) and not re.search(
                r"(\bdigest|\bhash\w*|\bseen|\bparams|\bquery|\bcontext|\bheaders|\bextra)\.update\(", line
            ):
                faults.append(f"{file}:{number}: {line.strip()}")
    return faults


def _action_modules_in(text):
    """The names by which a file calls rooms' actions: `from patients.care import actions as care` -> care."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            yield from (a.asname or a.name for a in node.names if a.name in ("actions", "adjudicate"))


def raw_sql(files, root=ROOT):
    """Raw SQL outside the rooms where it is allowed: an injected set_config would step over the second wall."""
    return [
        f"{file}:{number}"
        for file in files
        if not str(file.relative_to(root)).startswith(RAW_SQL_ROOMS)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if RAW_SQL.search(line)
    ]


def hidden_imports(files):
    """Imports inside functions of our own modules: a missing floor. AppConfig.ready may, since models are not loaded before."""
    faults = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name != "ready":
                for inner in ast.walk(node):
                    names = [a.name for a in inner.names] if isinstance(inner, ast.Import) else []
                    names += [inner.module or ""] if isinstance(inner, ast.ImportFrom) else []
                    relative = isinstance(inner, ast.ImportFrom) and inner.level
                    if relative or any(name.split(".")[0] in OURS for name in names):
                        faults.append(f"{file}:{inner.lineno}")
    return faults


def unclassed_fields(models):
    """Fields that are neither PHI nor plain, or both, or named and not there."""
    faults = []
    for model in models:
        fields = {f.name for f in model._meta.concrete_fields} - {"id", "public_id"}
        phi, plain = set(model.phi), set(model.plain)
        faults += [f"{model.__name__}.{name} is in neither phi nor plain" for name in fields - phi - plain]
        faults += [f"{model.__name__}.{name} is in both" for name in phi & plain]
        faults += [f"{model.__name__}.{name} does not exist" for name in (phi | plain) - fields]
    return faults


def unowned_models(models, open_tables):
    """Models that say neither which rows a role sees (`walls`) nor that they have no tenant (`grants`)."""
    return [
        m.__name__
        for m in models
        if not getattr(m, "walls", None) and not getattr(m, "grants", None) and m._meta.db_table not in open_tables
    ]


def action_modules():
    files = [f for f in source_files() if f.name == "actions.py" or f.parent.name == "actions"]
    return [
        importlib.import_module(".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for f in files
    ]


def unaudited_actions(modules):
    """Public functions that take `by=` and are not @audited, or that take positional arguments."""
    faults = []
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or inspect.unwrap(function).__module__ != module.__name__:
                continue
            parameters = inspect.signature(inspect.unwrap(function)).parameters
            if "by" not in parameters or module.__name__ == "carecoord.kernel.audit.actions":
                continue
            if not getattr(function, "is_audited", False):
                faults.append(f"{module.__name__}.{name} is not audited")
            if any(p.kind not in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in parameters.values()):
                faults.append(f"{module.__name__}.{name} takes positional arguments")
    return faults


def routes(resolver, before=""):
    """(pattern, URLPattern) of every address."""
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        yield from [(pattern, entry)] if isinstance(entry, URLPattern) else routes(entry, pattern)


def unguarded(resolver):
    """Addresses whose view says neither whom it requires nor why it is open."""
    return [pattern for pattern, entry in routes(resolver) if not _is_guarded(entry.callback)]


def _is_guarded(view):
    seen = view
    while seen is not None:
        if getattr(seen, "required_permissions", None) or getattr(seen, "open_because", None):
            return True
        cls = getattr(seen, "cls", None) or getattr(seen, "view_class", None)
        if cls is not None and (getattr(cls, "permission_classes", None) or cls.__module__.startswith("allauth.")):
            return True
        if getattr(seen, "__module__", "").startswith("allauth."):
            return True
        seen = getattr(seen, "__wrapped__", None)
    return False
