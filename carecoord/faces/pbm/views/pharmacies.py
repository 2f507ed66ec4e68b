"""One pharmacy on one page, and what is written about it: papers, and the word for a network's services."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.components.words import zone_words
from carecoord.faces.guard import requires
from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.accounts.permissions import Permission as P
from carecoord.kernel.codes.rurality import county_of
from pharmacies import actions, readiness
from pharmacies.models import Contract, Credential, NetworkMembership, PbmParticipation, Pharmacy, ServiceAttestation
from pharmacies.queries import in_force, looks_after
from pharmacies.standard import BY_CODE

from ..directory import own_pharmacies
from ..doing import do
from ..forms import AttestForm, CheckForm, CredentialForm, EndForm
from ..site import render_page, tabs

PAPER_COLUMNS = (
    Column("Paper"), Column("Whose"), Column("Number"), Column("Issued by", css="low"), Column("State", css="low"),
    Column("From"), Column("Until"), Column("Stands"), Column("Change", is_hidden=True),
)  # fmt: skip
PLACE_COLUMNS = (Column("Where"), Column("From"), Column("Until"), Column("Change", is_hidden=True))
CONTRACT_COLUMNS = (Column("Contract"), Column("Network"), Column("From"), Column("Until"))
SERVICE_COLUMNS = (
    Column("Service"), Column("Attested by"), Column("From"), Column("Until"), Column("Evidence", css="low"),
    Column("Stands"), Column("Change", is_hidden=True),
)  # fmt: skip
AREA = {True: "Rural", False: "Urban", None: "Not known"}


@require_safe
@requires(P.NETWORK_VIEW)
def pharmacy(request, public_id):
    store, user, today = get_object_or_404(Pharmacy, public_id=public_id), request.user, timezone.localdate()
    memberships = NetworkMembership.objects.visible_to(user).filter(pharmacy=store).select_related("network")
    participations = PbmParticipation.objects.visible_to(user).filter(pharmacy=store).select_related("pbm")
    current = memberships.filter(in_force(today))
    contracts = Contract.objects.visible_to(user).filter(in_force(today), network__in=current.values("network"))
    papers, earlier = _papers(user, store, today)
    shown = {
        "store": store,
        "facts": facts_of(store),
        "missing": readiness.missing_to_bill(user, pharmacy=store, on=today),
        "memberships": memberships.order_by("-since", "-pk"),
        "participations": participations.order_by("-since", "-pk"),
        "contracts": contracts.select_related("network").order_by("title"),
        "papers": papers,
        "earlier": earlier,
        "is_looked_after": looks_after(user, store),
        "standards": [(each.network, *_standard(user, store, each.network, today)) for each in current],
        "is_pbm": user.membership.organisation.kind == Organisation.Kind.PBM,
        "may_edit": user.may(P.NETWORK_EDIT),
        "may_contract": user.may(P.CONTRACT_EDIT),
        "section": "network",
        "tabs": tabs("network", "pbm:pharmacies_pharmacy_changelist"),
    }
    columns = ("paper_columns", PAPER_COLUMNS), ("place_columns", PLACE_COLUMNS), ("service_columns", SERVICE_COLUMNS)
    shown |= {
        name: headings(each, query=request.GET) for name, each in (*columns, ("contract_columns", CONTRACT_COLUMNS))
    }
    return render_page(request, "pbm/pharmacy.html", shown)


def facts_of(store):
    """What the directory says, as pairs; what is not known says so."""
    street = ", ".join(filter(None, [store.street, store.city, f"{store.state} {store.zip}".strip()]))
    county = f"{county_of(store.county_fips)} (RUCC {store.rucc})" if store.county_fips else "Not known"
    return [
        ("NPI", store.npi),
        ("Address", street or "Not known"),
        ("Phone", store.phone or "Not known"),
        ("Kind", store.get_channel_display()),
        ("Area", AREA[store.is_rural]),
        ("Why", store.rural_reason),
        ("County", county),
        ("Clock", zone_words(store.time_zone)),
    ]


def _papers(user, store, today):
    """([(row, how it stands)] of what counts or is missed, and of what was replaced since)."""
    rows = Credential.objects.visible_to(user).filter(pharmacy=store).select_related("person")
    rows = list(rows.order_by("kind", "person__name", "-since", "-pk"))
    in_force_now = {(r.kind, r.person_id) for r in rows if r.since <= today and (r.until is None or r.until >= today)}
    told, earlier = [], []
    for row in rows:
        is_replaced = row.until and row.until < today and (row.kind, row.person_id) in in_force_now
        if is_replaced:
            earlier.append((row, ("routine", "Replaced")))
        else:
            told.append((row, _stands(row, today)))
    return told, earlier


def _stands(row, today):
    """(severity, words) of a dated row: in force, running out, run out, or to come."""
    if row.since > today:
        return "info", "To come"
    is_check = getattr(row, "kind", "") == Credential.Kind.EXCLUSION_CHECK
    warning = readiness.CHECK_WARNING_DAYS if is_check else readiness.EXPIRY_WARNING_DAYS
    if row.until is None or (days := (row.until - today).days) > warning.on(today):
        return "ok", "In force"
    if days < 0:
        return "urgent", "Run out"
    return ("high" if days <= readiness.STEPS_DAYS[0] else "routine"), f"{days} days left"


def _standard(user, store, network, today):
    """(rows, missing titles): each service that the network asks for with its newest word, and whether one is missing."""
    rows = ServiceAttestation.objects.visible_to(user).filter(network=network, pharmacy=store)
    newest = {row.service: row for row in rows.order_by("since")}
    lines = [
        (BY_CODE[code], row, _stands(row, today) if row else ("urgent", "Missing"))
        for code in network.services
        for row in [newest.get(code)]
    ]
    return lines, [service.title for service, row, stands in lines if stands[0] == "urgent"]


def _page_of(store):
    return reverse("pbm:pharmacy", args=[store.public_id])


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def add_credential(request, public_id):
    store = get_object_or_404(Pharmacy, public_id=public_id)
    return do(
        request,
        CredentialForm(request.POST or None, pharmacy=store),
        lambda **given: actions.add_credential(pharmacy=store, by=request.user, **given),
        heading=f"New paper of {store.name}",
        intro="A licence, a certificate, a check of the exclusion list (that found nobody), or a signed attestation.",
        said="The paper is added.",
        to=_page_of(store),
    )


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def change_credential(request, public_id):
    paper = get_object_or_404(Credential.objects.visible_to(request.user), public_id=public_id)
    return do(
        request,
        CredentialForm(request.POST or None, pharmacy=paper.pharmacy, credential=paper),
        lambda **given: actions.change_credential(credential=paper, by=request.user, **given),
        heading=f"{paper} of {paper.person or paper.pharmacy}",
        intro=f"Counts from {paper.since:%-d %b %Y}. A renewal is a new paper, so that past days keep theirs.",
        said="The paper is corrected.",
        to=_page_of(paper.pharmacy),
    )


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def end_credential(request, public_id):
    paper = get_object_or_404(Credential.objects.visible_to(request.user), public_id=public_id)
    return do(
        request,
        EndForm(request.POST or None, initial={"until": timezone.localdate()}),
        lambda until: actions.end_credential(credential=paper, until=until, by=request.user),
        heading=f"End: {paper} of {paper.person or paper.pharmacy}",
        intro="It counts no longer after the last day. Services given until then stay as they are.",
        said="The paper is ended.",
        to=_page_of(paper.pharmacy),
        button="End it",
        kind="danger",
    )


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def record_checks(request):
    stores = own_pharmacies(request.user)
    return do(
        request,
        CheckForm(request.POST or None, initial={"checked_on": timezone.localdate()}),
        lambda **given: actions.record_checks(pharmacies=stores, by=request.user, **given),
        heading="Exclusion-list check",
        intro=f"Records for the {stores.count():,} pharmacies of your network that the list of excluded providers was read.",
        said="The check is recorded.",
        to=reverse("pbm:pharmacies_pharmacy_changelist"),
        button="Record it",
    )


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def attest(request, public_id):
    store = get_object_or_404(Pharmacy, public_id=public_id)
    return do(
        request,
        AttestForm(request.POST or None, pharmacy=store, user=request.user),
        lambda **given: actions.attest(pharmacy=store, by=request.user, **given),
        heading=f"{store.name} attests its services",
        intro="Choose what the pharmacy gives its word for. A word that is there already ends when the new one begins.",
        said="The word is recorded.",
        to=_page_of(store),
    )


@require_http_methods(["GET", "POST"])
@requires(P.NETWORK_EDIT)
def end_attestation(request, public_id):
    word = get_object_or_404(ServiceAttestation.objects.visible_to(request.user), public_id=public_id)
    return do(
        request,
        EndForm(request.POST or None, initial={"until": timezone.localdate()}),
        lambda until: actions.end_attestation(attestation=word, until=until, by=request.user),
        heading=f"End: {BY_CODE[word.service].title.lower()} at {word.pharmacy}",
        said="The word is ended.",
        to=_page_of(word.pharmacy),
        button="End it",
        kind="danger",
    )
