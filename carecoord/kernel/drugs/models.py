"""Reference tables. They hold no patient and no price: every role reads them, the worker loads them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from carecoord.kernel.tenancy.models import ReferenceModel

from .forms import EVERY

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
    """A drug set resolved to packages: which ingredient of which package counts for which set. Made by the loader.

    A set may count an ingredient from some daily dose: strength_ng times quantity, over days of supply, is at least least_daily_ng.
    """

    set_code = models.CharField(max_length=40)
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    ndc11 = models.CharField("NDC", max_length=11)
    ingredient_name = models.CharField(max_length=300)
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="+")
    form = models.CharField(max_length=12, default="other", help_text="What the quantity counts: a group of forms.py.")
    strength_ng = models.BigIntegerField(
        null=True, help_text="Nanograms in a tablet, millilitre or gram; of a patch: an hour. Null: not known."
    )
    least_daily_ng = models.BigIntegerField(null=True, help_text="The daily dose from which it counts. Null: any.")

    grants = LOADED_BY_WORKER

    class Meta:
        constraints = [
            models.CheckConstraint(name="form_of_the_list", condition=models.Q(form__in=EVERY)),
            models.UniqueConstraint(name="one_row_an_ingredient", fields=["set_code", "product", "ingredient"]),
        ]
        indexes = [models.Index(name="members_by_set_and_ndc", fields=["set_code", "ndc11"])]

    def __str__(self):
        return f"{self.set_code}: {self.ndc11} {self.ingredient_name}"


class MmePerUnit(ReferenceModel):
    """The MME of one unit of a package by one of its opioids, for fills of these days and daily doses. Made by the loader.

    A claim's MME: quantity times micro_mme, over a million. Its daily dose, strength_ng times quantity over days of supply, is above
    over_daily_ng and at most most_daily_ng.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    ndc11 = models.CharField("NDC", max_length=11)
    ingredient = models.ForeignKey(Ingredient, models.PROTECT, related_name="+")
    first_day = models.IntegerField(help_text="Day 0 is 1 January 1970.")
    last_day = models.IntegerField()
    over_daily_ng = models.BigIntegerField()
    most_daily_ng = models.BigIntegerField()
    strength_ng = models.BigIntegerField()
    factor_e4 = models.BigIntegerField(help_text="MME of a milligram (patch: milligram an hour), times 10,000.")
    micro_mme = models.BigIntegerField(help_text="Millionths of an MME in a unit.")

    grants = LOADED_BY_WORKER

    class Meta:
        verbose_name_plural = "MME per unit"
        constraints = [
            models.UniqueConstraint(
                name="one_factor_a_day_and_dose", fields=["product", "ingredient", "first_day", "over_daily_ng"]
            ),
        ]
        indexes = [models.Index(name="mme_by_ndc", fields=["ndc11"])]

    def __str__(self):
        return f"{self.ndc11}: {self.micro_mme / 1_000_000:g} MME"
