"""Which rows a log-in role may reach, said once and used by both walls: as a `Q` for queries, as SQL for policies.

`(select app.organisation_id())` in parentheses is asked once a query; without them PostgreSQL asks once a row.
`offset 0` keeps an EXISTS an index look-up: the planner, blind to the context, would else hash every patient of a
big pharmacy for a page of fifty. Both were measured; see the README's decisions.
"""

from dataclasses import dataclass
from datetime import UTC

from django.apps import apps
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now, TruncDate

MINE = {"organisation_id": "= (select app.organisation_id())", "payer_ids": "= any((select app.payer_ids())::bigint[])"}


@dataclass(frozen=True)
class Own:
    """The row carries its tenant in `column`, which must be the scope's organisation, or one of its payers."""

    column: str
    scope: str

    def q(self, scope):
        value = getattr(scope, self.scope)
        return Q(**{f"{self.column}__in": value}) if self.scope == "payer_ids" else Q(**{self.column: value})

    def sql(self, table):
        return f"{table}.{self.column} {MINE[self.scope]}"


@dataclass(frozen=True)
class Via:
    """The row is reached through rows of `model` that are the scope's own: theirs[there] = ours[here].

    `dated` asks for rows whose `since`..`until` contains today, so that access ends when it is meant to end.
    """

    model: str
    own: object
    here: str = "patient_id"
    there: str = "patient_id"
    dated: bool = False

    def q(self, scope):
        rows = apps.get_model(self.model)._default_manager.filter(
            self.own.q(scope), **{self.there: OuterRef(self.here)}
        )
        if self.dated:
            today = TruncDate(Now(), tzinfo=UTC)  # PostgreSQL's current_date, whatever zone a page is shown in
            rows = rows.filter(Q(until=None) | Q(until__gte=today), since__lte=today)
        return Q(Exists(rows))

    def sql(self, table):
        via, v = apps.get_model(self.model)._meta.db_table, f"{table}_v" if table.startswith("of") else "of"
        dated = (
            f" and {v}.since <= current_date and ({v}.until is null or {v}.until >= current_date)" if self.dated else ""
        )
        where = f"{v}.{self.there} = {table}.{self.here} and {self.own.sql(v)}{dated}"
        return f"exists (select from {via} {v} where {where} offset 0)"


@dataclass(frozen=True)
class Either:
    """Any of several rules."""

    rules: tuple

    def q(self, scope):
        found = Q(pk__in=[])
        for rule in self.rules:
            found |= rule.q(scope)
        return found

    def sql(self, table):
        return "(" + " or ".join(rule.sql(table) for rule in self.rules) + ")"


@dataclass(frozen=True)
class Both:
    """All of several rules."""

    rules: tuple

    def q(self, scope):
        found = Q()
        for rule in self.rules:
            found &= rule.q(scope)
        return found

    def sql(self, table):
        return "(" + " and ".join(rule.sql(table) for rule in self.rules) + ")"


@dataclass(frozen=True)
class Is:
    """The row says one of these `values` (text codes or integers of our own code) in `column`."""

    column: str
    values: tuple

    def q(self, scope):
        return Q(**{f"{self.column}__in": self.values})

    def sql(self, table):
        return f"{table}.{self.column} in ({', '.join(map(repr, self.values))})"


@dataclass(frozen=True)
class NotSensitive:
    """The row's label in `column` is 0, or the scope may see substance-use records."""

    column: str = "sensitivity"

    def q(self, scope):
        return Q() if scope.sees_substance_use else Q(**{self.column: 0})

    def sql(self, table):
        return f"({table}.{self.column} = 0 or (select app.sees_substance_use()))"


@dataclass(frozen=True)
class Everyone:
    """Every row, to whoever has a scope under this role: directories, never people."""

    def q(self, scope):
        return Q()

    def sql(self, table):
        return "((select app.organisation_id()) is not null or (select app.payer_ids()) <> '{}')"


OWN_PHARMACY = Own("pharmacy_id", "organisation_id")
OWN_ORGANISATION = Own("organisation_id", "organisation_id")
OWN_PAYERS = Own("payer_id", "payer_ids")
NOT_SENSITIVE = NotSensitive()


@dataclass(frozen=True)
class Rights:
    """What one role may do to the rows that a rule reaches: verbs as PostgreSQL grants them.

    `check` bounds what may be written, where that is less than what may be seen; `change` the rows, as they stand, that may
    be updated (and locked); `insert` the new rows alone, where an old one may be changed after its reason is gone. Verbs may
    name columns: "select, update (status)".
    """

    verbs: str
    rule: object
    check: object = None
    change: object = None
    insert: object = None


def may(verbs, rule, check=None, change=None, insert=None):
    """may("select, update", OWN_PHARMACY)"""
    return Rights(verbs, rule, check, change, insert)
