"""The directory as a question: which pharmacies, under which filters, as whom."""

from django import forms
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.codes.rurality import RURAL_FROM_RUCA
from carecoord.kernel.codes.states import STATES
from pharmacies import readiness
from pharmacies.models import Network, NetworkMembership, PbmParticipation, Pharmacy
from pharmacies.queries import in_force

RURAL = Q(ruca__gte=RURAL_FROM_RUCA) & ~Q(ruca=99)
AREAS = {"rural": RURAL, "urban": Q(ruca__lt=RURAL_FROM_RUCA), "unknown": Q(ruca=None) | Q(ruca=99)}


class DirectoryFilter(forms.Form):
    """All optional. Pharmacies are public: their names may stand in addresses."""

    q = forms.CharField(max_length=100, required=False, label="Name, NPI or city")
    state = forms.ChoiceField(required=False)
    network = forms.ModelChoiceField(
        Network.objects.all(), required=False, empty_label="Any", to_field_name="public_id", label="Network"
    )
    ours = forms.ChoiceField(
        choices=[("", "Any"), ("yes", "In it"), ("no", "Not in it")], required=False, label="Our own network"
    )
    area = forms.ChoiceField(
        choices=[("", "Any"), ("rural", "Rural"), ("urban", "Urban"), ("unknown", "Not known")], required=False
    )
    papers = forms.ChoiceField(
        choices=[
            ("", "Any"),
            ("expired", "Run out"),
            *((str(n), f"Run out within {n} days") for n in readiness.STEPS_DAYS),
        ],
        required=False,
        label="Papers",
    )

    def __init__(self, data, *, user):
        super().__init__(data)
        held = Pharmacy.objects.exclude(state="").values_list("state", flat=True).distinct().order_by("state")
        names = [(code, STATES[code].name if code in STATES else code) for code in held]
        self.fields["state"].choices = [("", "Any"), *names]
        self.fields["network"].queryset = Network.objects.order_by("name")
        if user.membership.organisation.kind != Organisation.Kind.PBM:
            del self.fields["ours"]


def pharmacies_of(user, *, q="", state="", network=None, ours="", area="", papers=""):
    """The pharmacies that fit, in no order; `papers` is 'expired' or a number of days."""
    today = timezone.localdate()
    found = Pharmacy.objects.all()
    if q.strip():
        found = found.filter(Q(name__icontains=q.strip()) | Q(npi=q.strip()) | Q(city__istartswith=q.strip()))
    if state:
        found = found.filter(state=state)
    if network:
        below = Q(network=network) | Q(network__parent=network)
        rows = NetworkMembership.objects.visible_to(user).filter(below, in_force(today))
        found = found.filter(pk__in=rows.values("pharmacy"))
    if ours:
        rows = PbmParticipation.objects.visible_to(user).filter(in_force(today)).values("pharmacy")
        found = found.filter(pk__in=rows) if ours == "yes" else found.exclude(pk__in=rows)
    if area:
        found = found.filter(AREAS[area])
    if papers:
        days = 0 if papers == "expired" else int(papers)
        ending = readiness.running_out(user, on=today, days=days)
        kept = [each.pharmacy_ref for each in ending if (each.days_left < 0) is (papers == "expired")]
        found = found.filter(public_id__in=kept)
    return found


def own_pharmacies(user):
    """The pharmacies in the PBM's own network today, or in the network of the reader and those below it."""
    organisation, today = user.membership.organisation, timezone.localdate()
    if organisation.kind == Organisation.Kind.PBM:
        rows = PbmParticipation.objects.visible_to(user).filter(in_force(today), pbm=organisation)
    else:
        below = Q(network=organisation.pk) | Q(network__parent=organisation.pk)
        rows = NetworkMembership.objects.visible_to(user).filter(below, in_force(today))
    return Pharmacy.objects.filter(pk__in=rows.values("pharmacy"))


def told_of(user, pharmacies):
    """Adds to each pharmacy of a page `networks` (names), `is_ours` and `ending` (the paper that ends first, or None)."""
    today, keys = timezone.localdate(), [pharmacy.pk for pharmacy in pharmacies]
    rows = NetworkMembership.objects.visible_to(user).filter(in_force(today), pharmacy__in=keys)
    networks = {}
    for key, name in rows.order_by("network__name").values_list("pharmacy", "network__name"):
        networks.setdefault(key, []).append(name)
    ours = PbmParticipation.objects.visible_to(user).filter(in_force(today), pharmacy__in=keys)
    ours = set(ours.values_list("pharmacy", flat=True))
    days = readiness.EXPIRY_WARNING_DAYS.on(today)
    ending = {}
    for each in readiness.running_out(user, on=today, days=days, pharmacies=keys):
        ending.setdefault(each.pharmacy_ref, each)
    for pharmacy in pharmacies:
        pharmacy.networks = networks.get(pharmacy.pk, [])
        pharmacy.is_ours = pharmacy.pk in ours
        pharmacy.ending = ending.get(str(pharmacy.public_id))
    return pharmacies
