"""The first wall: what a user may see, said in the query. The second one is in walls.py and does not trust this one."""

from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.constraints import BaseConstraint

from .context import Scope


class VisibleQuerySet(models.QuerySet):
    def visible_to(self, who):
        """Only the rows that `who` (a user, an API client or a Scope) may see; none for a visitor."""
        scope = who if isinstance(who, Scope) else getattr(who, "scope", None)
        rights = scope and self.model.walls.get(scope.role)
        return self.filter(rights.rule.q(scope)) if rights else self.none()


class TenantModel(models.Model):
    """A table behind both walls.

    `walls`: role -> Rights; a role that is not named sees nothing. `phi` and `plain` name every field between them.
    `audit`: "rows" (every change is an event that lists the rows), or "count" (bulk tables: how many, not which).
    """

    walls: dict = {}
    phi: frozenset = frozenset()
    plain: frozenset = frozenset()
    audit = "rows"
    objects = VisibleQuerySet.as_manager()

    class Meta:
        abstract = True


class PublicModel(TenantModel):
    """A tenant row with an address: `public_id` is what URLs, files and messages say; the integer never leaves."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class ReferenceModel(models.Model):
    """A table without tenants (drugs, codes, organisations): grants alone, role -> verbs."""

    grants: dict = {}
    audit = None

    class Meta:
        abstract = True


class SameTenant(BaseConstraint):
    """A composite foreign key: a row and its parent are of one tenant, whatever the application says.

    SameTenant(fields=["payer_id", "patient_id"], to="patients_member", to_fields=["payer_id", "patient_id"], name=...).
    The parent needs a unique constraint on `to_fields`. PostgreSQL checks it at once unless `deferred`.
    """

    def __init__(self, *, fields, to, to_fields, name, deferred=False):
        super().__init__(name=name)
        self.fields, self.to, self.to_fields, self.deferred = tuple(fields), to, tuple(to_fields), deferred

    def _sql(self, schema_editor):
        quote = schema_editor.quote_name
        ours, theirs = (", ".join(map(quote, names)) for names in (self.fields, self.to_fields))
        later = " deferrable initially deferred" if self.deferred else ""
        return f"constraint {quote(self.name)} foreign key ({ours}) references {quote(self.to)} ({theirs}){later}"

    def constraint_sql(self, model, schema_editor):
        # The parent may be made later in the same migration, so the key is added after the tables.
        table = schema_editor.quote_name(model._meta.db_table)
        schema_editor.deferred_sql.append(f"alter table {table} add {self._sql(schema_editor)}")
        return

    def create_sql(self, model, schema_editor):
        return f"alter table {schema_editor.quote_name(model._meta.db_table)} add {self._sql(schema_editor)}"

    def remove_sql(self, model, schema_editor):
        table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
        return f"alter table {table} drop constraint {name}"

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        """Forms show the same fault as a field error instead of a database error."""
        values = [getattr(instance, name) for name in self.fields]
        if exclude and any(name.removesuffix("_id") in exclude for name in self.fields) or None in values:
            return
        from django.apps import apps

        parent = next(m for m in apps.get_models() if m._meta.db_table == self.to)
        if not parent._default_manager.using(using).filter(**dict(zip(self.to_fields, values, strict=True))).exists():
            raise ValidationError("This row and the row that it names belong to different organisations.")

    def deconstruct(self):
        path, _, _ = super().deconstruct()
        return (
            path,
            (),
            {
                "fields": self.fields,
                "to": self.to,
                "to_fields": self.to_fields,
                "name": self.name,
                "deferred": self.deferred,
            },
        )

    def __eq__(self, other):
        return isinstance(other, SameTenant) and self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__
