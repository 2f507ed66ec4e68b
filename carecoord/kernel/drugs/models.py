"""Reference tables. They hold no patient and no price: every role reads them, the worker loads them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from carecoord.kernel.tenancy.models import ReferenceModel

READ_BY_ALL = {"portal": "select", "pbm": "select", "api": "select", "auditor": "select"}
LOADED_BY_WORKER = READ_BY_ALL | {"worker": "select, insert, update, delete"}


class Ingredient(ReferenceModel):
    """An active ingredient by its plain name; measures work with its number."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=300, unique=True)

    grants = LOADED_BY_WORKER

    def __str__(self):
        return self.name


class Product(ReferenceModel):
    """One package of one product, by its eleven-digit NDC."""

    id = models.AutoField(primary_key=True)
    ndc11 = models.CharField("NDC", max_length=11, unique=True)
    name = models.CharField(max_length=300, help_text="The name on the label.")
    generic_name = models.CharField(max_length=600, blank=True)
    ingredients = ArrayField(models.CharField(max_length=300), help_text="Plain names, in the order of the label.")
    strength = models.CharField(max_length=1200, blank=True, help_text="One number an ingredient, parted by '; '.")
    unit = models.CharField(max_length=1200, blank=True, help_text="One unit an ingredient, parted by '; '.")
    dose_form = models.CharField(max_length=100, blank=True)
    route = models.CharField(max_length=300, blank=True)
    pharm_class = models.TextField(blank=True)
    source = models.CharField(max_length=100, help_text="The file that this row came from.")
    version = models.CharField(max_length=40, help_text="The edition of that file.")

    grants = LOADED_BY_WORKER

    class Meta:
        constraints = [
            models.CheckConstraint(name="product_ndc_is_eleven_digits", condition=models.Q(ndc11__regex=r"^\d{11}$")),
        ]

    def __str__(self):
        return f"{self.name} ({self.ndc11})"

    @property
    def written(self):
        """The name as people write it: labels are often in capitals throughout."""
        return self.name.capitalize() if self.name.isupper() else self.name


class DrugSetMember(ReferenceModel):
    """A drug set resolved to packages: which ingredient of which package counts for which set. Made by the loader."""

    set_code = models.CharField(max_length=40)
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    ndc11 = models.CharField("NDC", max_length=11)
    ingredient_name = models.CharField(max_length=300)
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="+")

    grants = LOADED_BY_WORKER

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_row_an_ingredient", fields=["set_code", "product", "ingredient"]),
        ]
        indexes = [models.Index(name="members_by_set_and_ndc", fields=["set_code", "ndc11"])]

    def __str__(self):
        return f"{self.set_code}: {self.ndc11} {self.ingredient_name}"
