"""rules.toml of an inbox: which payer and format a file's path means.

    [[rule]]
    glob = "acme/outbound/pde_*.txt"
    payer = "acme"
    format = "cms_rif"

The first rule whose glob fits the path below the inbox holds; `*` goes over folders, too. Without a rule that fits, a file in
PAYER/FORMAT/ is what these two say.
"""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .formats import FORMATS

RULES = "rules.toml"
KEYS = ("glob", "payer", "format")


@dataclass(frozen=True)
class Rule:
    glob: str
    payer: str
    format: str


class BadRules(Exception):
    """The file cannot be used. `problems`: a sentence each."""

    def __init__(self, problems):
        super().__init__(" ".join(problems))
        self.problems = problems


def read(folder):
    """The rules of an inbox; none without the file. Raises BadRules with every problem."""
    path = Path(folder) / RULES
    if not path.exists():
        return ()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise BadRules([f"{RULES} cannot be read: {error}."])
    problems = [f"{RULES} has no place for '{key}'." for key in told if key != "rule"]
    given = told.get("rule", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BadRules([*problems, "Write each rule under [[rule]]."])
    rules = [_rule(number, one, problems) for number, one in enumerate(given, 1)]
    if problems:
        raise BadRules(problems)
    return tuple(rules)


def _rule(number, one, problems):
    problems += [f"Rule {number} has no place for '{key}'." for key in one if key not in KEYS]
    for key in KEYS:
        if not isinstance(one.get(key), str) or not one[key]:
            problems.append(f"Rule {number} needs '{key}', a text.")
            return None
    if one["format"] not in FORMATS:
        problems.append(f"Rule {number} names the unknown format '{one['format']}'. Known: {', '.join(FORMATS)}.")
    return Rule(**{key: one[key] for key in KEYS})


def find(rules, path):
    """The rule for a path below the inbox, or None."""
    for rule in rules:
        if fnmatchcase(path, rule.glob):
            return rule
    parts = Path(path).parts
    if len(parts) >= 3 and parts[1] in FORMATS:
        return Rule(glob="", payer=parts[0], format=parts[1])
    return None
