"""People and invitations, the same in both faces: a pharmacy's owner for their store, a PBM's administrator for theirs.

A face names its `Desk`: whose people it shows, and how its pages look. What may be done is judged by the actions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from smtplib import SMTPException
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from carecoord.faces.components.tables import Column, Page, headings
from carecoord.faces.fields import DayField, Words
from carecoord.kernel.accounts.actions import invitations, people, sign_ins
from carecoord.kernel.accounts.models import Invitation, Membership, Organisation
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.accounts.roles import ALLOWED, Role

from . import lockout

PAGE = 50
EXPORTED = (
    "name",
    "e-mail",
    "role",
    "place",
    "second factor",
    "last sign-in (UTC)",
    "first day",
    "last day",
    "account",
)
COLUMNS = (Column("Name"), Column("Role"), Column("Second factor"), Column("Last sign-in"), Column("Until"))
STATES = {
    "accepted": ("ok", "Accepted"),
    "cancelled": ("routine", "Cancelled"),
    "expired": ("high", "Expired"),
    "sent": ("routine", "Waiting"),
    "unsent": ("urgent", "Not sent"),
}


@dataclass(frozen=True)
class Desk:
    """`places(request)`: ids of the organisations whose people are looked after; `show(request, template, **context)`;
    `sheet(name, columns, rows)`: a CSV file."""

    face: str
    places: Callable
    show: Callable
    sheet: Callable

    def href(self, name, *args):
        return reverse(f"{self.face}:{name}", args=args)


class InviteForm(forms.Form):
    """`place` is a code (a pharmacy's is often its NPI); empty for one's own organisation."""

    email = forms.EmailField(label="E-mail", max_length=254)
    name = Words(label="Name", max_length=120)
    place = forms.CharField(
        label="Where", max_length=60, required=False, help_text="NPI or code of the pharmacy or network. Empty: here."
    )
    role = forms.ChoiceField(label="Role")
    since = DayField(label="First day", initial=timezone.localdate)

    def __init__(self, *args, home, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.home, self.places = home, places
        if home.kind == Organisation.Kind.PHARMACY:
            del self.fields["place"]
        kinds = {home.kind} if "place" not in self.fields else {home.kind, "pharmacy", "network"}
        able = [role for role in Role if any(role in ALLOWED[kind] for kind in kinds)]
        self.fields["role"].choices = [("", "Choose"), *((role.value, role.label) for role in able)]

    def clean_place(self):
        code = self.cleaned_data["place"].strip()
        found = Organisation.objects.filter(pk__in=self.places, code=code).first() if code else self.home
        if found is None:
            raise forms.ValidationError("No pharmacy or network of yours has this NPI or code.")
        return found


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role")

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        kind = membership.organisation.kind
        self.fields["role"].choices = [(r.value, r.label) for r in Role if r in ALLOWED[kind]]
        self.fields["role"].initial = membership.role


class EndForm(forms.Form):
    on = DayField(label="Last day")


def _memberships(request, desk):
    rows = Membership.objects.filter(organisation_id__in=desk.places(request))
    return rows.select_related("user", "user__factors", "organisation")


def _asked_for(request, desk, q=""):
    """Who works here today; with ?show=all, or found by a word, those who left as well."""
    rows, today = _memberships(request, desk).order_by("user__name", "pk"), timezone.localdate()
    if q:
        rows = rows.filter(
            Q(user__name__icontains=q) | Q(user__email__icontains=q) | Q(organisation__name__icontains=q)
        )
    elif request.GET.get("show") != "all":
        rows = rows.filter(Q(until=None) | Q(until__gte=today), ended_at=None)
    return rows


def export(request, desk):
    """Everybody of the list, on one sheet."""
    return desk.sheet("people", EXPORTED, map(_cells, _asked_for(request, desk)))


def _cells(membership):
    user = membership.user
    seen = f"{user.last_login.astimezone(UTC):%Y-%m-%d %H:%M}" if user.last_login else ""
    account = "on" if user.is_active else "off"
    place, role = membership.organisation.name, membership.get_role_display()
    return user.name, user.email, role, place, factors_of(user), seen, membership.since, membership.until, account


def listing(request, desk, *, q=""):
    """Who works here, who has left lately, who is invited. Searches come by POST."""
    rows, today = _asked_for(request, desk, q), timezone.localdate()
    if last := _after(request, desk):
        rows = rows.filter(Q(user__name__gt=last.user.name) | Q(user__name=last.user.name, pk__gt=last.pk))
    shown = list(rows[: PAGE + 1])
    page = Page(
        shown=f"{len(shown[:PAGE])} shown",
        next_href=_next_page(request, shown[PAGE - 1]) if len(shown) > PAGE and not q else "",
        previous_href=desk.href("people") if last else "",
    )
    waiting = Invitation.objects.visible_to(request.user).filter(accepted_at=None, cancelled_at=None)
    return desk.show(
        request,
        "people/page.html",
        rows=[(m, desk.href("person", m.user.public_id), factors_of(m.user)) for m in shown[:PAGE]],
        columns=headings(COLUMNS, query=request.GET),
        page=page,
        q=q,
        today=today,
        invited=[
            (
                i,
                *STATES[i.state],
                desk.href("renew", i.public_id),
                desk.href("cancel", i.public_id),
                _demo_link(request, i),
            )
            for i in waiting.select_related("organisation").order_by("-pk")[:PAGE]
        ],
        invite_href=desk.href("invite"),
        csv_href=desk.href("people_csv") + ("?show=all" if request.GET.get("show") == "all" else ""),
        shows_all=request.GET.get("show") == "all",
        search_href=desk.href("people_search"),
        people_href=desk.href("people"),
        several_places=len(desk.places(request)) > 1,
    )


def _after(request, desk):
    """The membership after which a page begins, named by its person; None for the first page and for nonsense."""
    try:
        public_id = UUID(request.GET.get("after", ""))
    except ValueError:
        return None
    return _memberships(request, desk).filter(user__public_id=public_id).order_by("pk").last()


def _next_page(request, last):
    query = request.GET.copy()
    query["after"] = str(last.user.public_id)
    return f"?{query.urlencode()}"


def factors_of(user):
    """What somebody signs in with, in words."""
    kept = getattr(user, "factors", None)
    if kept is None or not (kept.has_app or kept.passkeys):
        return ""
    parts = ["App"] if kept.has_app else []
    if kept.passkeys:
        parts.append(f"{kept.passkeys} passkey{'' if kept.passkeys == 1 else 's'}")
    return ", ".join(parts)


def invite(request, desk):
    home = request.user.membership.organisation
    form = InviteForm(request.POST or None, home=home, places=desk.places(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = invitations.invite(
                organisation=given.get("place") or home,
                email=given["email"],
                name=given["name"],
                role=given["role"],
                since=given["since"],
                by=request.user,
            )
        except invitations.CannotInvite as why:
            form.add_error(None, str(why))
        else:
            _send(request, made)
            return redirect(desk.href("people"))
    return desk.show(request, "people/invite.html", form=form, people_href=desk.href("people"))


def renew(request, desk, public_id):
    found = _invitation(request, public_id)
    try:
        _send(request, invitations.renew(invitation=found, by=request.user))
    except invitations.CannotInvite as why:
        messages.error(request, str(why))
    return redirect(desk.href("people"))


def cancel(request, desk, public_id):
    found = _invitation(request, public_id)
    try:
        invitations.cancel(invitation=found, by=request.user)
        messages.success(request, f"The invitation of {found.name} is cancelled; its link no longer works.")
    except invitations.CannotInvite as why:
        messages.error(request, str(why))
    return redirect(desk.href("people"))


def _invitation(request, public_id):
    return get_object_or_404(Invitation.objects.visible_to(request.user), public_id=public_id)


def link_of(request, invitation):
    return request.build_absolute_uri(reverse("invitation_link", args=[invitations.token_of(invitation)]))


def _demo_link(request, invitation):
    """The demo sends no e-mail, so its page shows the link; nowhere else does anybody see somebody else's."""
    return link_of(request, invitation) if settings.DEMO and invitation.is_open else ""


def _send(request, invitation):
    """The e-mail, at once: whoever invites should know whether the server took it."""
    context = {"invitation": invitation, "link": link_of(request, invitation), "by": request.user}
    subject = " ".join(render_to_string("emails/invitation_subject.txt", context).split())  # a header has one line
    try:
        send_mail(subject, render_to_string("emails/invitation.txt", context), None, [invitation.email])
    except (SMTPException, OSError):
        messages.error(request, f"The mail server did not take the e-mail to {invitation.email}. Send it again later.")
        return
    invitations.sent(invitation=invitation, by=request.user)
    messages.success(
        request, f"{invitation.name} is invited. The link in the e-mail works for {invitations.LASTS_DAYS} days."
    )


def _person(request, desk, public_id):
    """The newest membership of somebody at a place of this desk; 404 for everybody else."""
    rows = _memberships(request, desk).filter(user__public_id=public_id).order_by("until", "-pk")
    newest = sorted(rows, key=lambda m: (m.until is None, m.until or m.since, m.pk))
    if not newest:
        raise Http404
    return newest[-1]


def person(request, desk, public_id, *, role_form=None, end_form=None, status=200):
    """What is known of somebody as a user, and what can be done."""
    membership = _person(request, desk, public_id)
    user, today = membership.user, timezone.localdate()
    is_over = bool(membership.ended_at or (membership.until and membership.until < today))
    open_sessions = people.open_sessions(person=user)
    return desk.show(
        request,
        "people/person.html",
        status=status,
        person=user,
        membership=membership,
        facts=[
            ("E-mail", user.email),
            ("Role", f"{membership.get_role_display()}, {membership.organisation}"),
            ("Since", f"{membership.since:%-d %b %Y}"),
            ("Until", f"{membership.until:%-d %b %Y}" if membership.until else "Open"),
            ("Second factor", factors_of(user) or "None yet"),
            (
                "Last sign-in",
                f"{timezone.localtime(user.last_login):%-d %b %Y, %-I:%M %p}" if user.last_login else "Never",
            ),
            ("Signed in now", f"{open_sessions} browser{'' if open_sessions == 1 else 's'}"),
        ],
        is_over=is_over,
        is_me=user == request.user,
        is_paused=lockout.is_paused(request, user),
        open_sessions=open_sessions,
        may_switch=request.user.may(Permission.USER_MANAGE),
        role_form=role_form or RoleForm(membership=membership),
        end_form=end_form or EndForm(initial={"on": today}),
        change_href=desk.href("person_change", public_id),
        people_href=desk.href("people"),
    )


def change(request, desk, public_id):
    """One deed of the person's page, named by its button."""
    membership = _person(request, desk, public_id)
    user, by, deed = membership.user, request.user, request.POST.get("deed", "")
    role_form = RoleForm(request.POST if deed == "role" else None, membership=membership)
    end_form = EndForm(request.POST if deed == "end" else None)
    try:
        if deed == "role" and role_form.is_valid():
            people.change_role(membership=membership, role=role_form.cleaned_data["role"], by=by)
            said = f"{user.name}'s role is changed, from the next page on."
        elif deed == "end" and end_form.is_valid():
            people.end(membership=membership, on=end_form.cleaned_data["on"], by=by)
            said = f"{user.name}'s last day is set."
        elif deed == "end_now":
            people.end(membership=membership, on=None, by=by)
            said = f"{user.name} no longer works here, and is signed out."
        elif deed == "sessions":
            people.end_sessions(person=user, by=by)
            said = f"{user.name} is signed out everywhere."
        elif deed == "unlock":
            sign_ins.unlocked(person=user, by=by)
            lockout.end_pause(request, user)
            said = f"{user.name} can try to sign in again."
        elif deed in ("off", "on") and by.may(Permission.USER_MANAGE):
            (people.switch_off if deed == "off" else people.switch_on)(person=user, by=by)
            said = f"{user.name}'s account is switched {deed}."
        else:
            return person(request, desk, public_id, role_form=role_form, end_form=end_form, status=422)
    except people.CannotChange as why:
        messages.error(request, str(why))
        return person(request, desk, public_id, role_form=role_form, end_form=end_form, status=422)
    messages.success(request, said)
    return redirect(desk.href("person", public_id))
