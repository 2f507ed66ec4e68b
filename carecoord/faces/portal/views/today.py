"""Today: the ranked worklist, its side panel, and the list as a file."""

import re
from urllib.parse import urlencode
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from carecoord.faces.components.tables import Column, headings
from carecoord.faces.components.tables import Page as Pages
from carecoord.kernel.accounts.permissions import Permission
from carecoord.kernel.audit import actions as audit
from carecoord.kernel.money import dollars
from patients.care import encounters, worklist
from patients.flags import segments
from patients.flags.models import Flag

from ..page import portal_page, show
from ..panel import panel_of
from ..rows import row_of
from ..sheet import sheet

COLUMNS = (
    Column("Priority", sort="rank", css="sev"),
    Column("Patient", sort="name", css="who"),
    Column("Why", css="why"),
    Column("What matters", sort="pdc"),
    Column("Act by", sort="due"),
    Column("Worth", sort="worth", css="num low"),
    Column("Owner", css="lower"),
    Column("Actions", css="acts", is_hidden=True),
)
WORDS = {
    "all": "All",
    "urgent": "Urgent",
    "week": "Due this week",
    "try": "To try again",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "snoozed": "Put off",
}
KEPT = ("show", "measure", "segment", "sort")
CODE = re.compile(r"-?[a-z0-9_]{1,30}", re.ASCII)


@require_safe
@portal_page(Permission.WORKLIST_VIEW)
def today(request):
    """The list; `open` names the flag whose panel stands beside it, `undo` one that was just dismissed."""
    return show_list(request, opened=_flag(request, "open"), undo=_flag(request, "undo"))


def show_list(request, *, opened=None, undo=None, panel=None):
    """The page with the list, and what stands in the panel: a flag's own, or what `panel` says instead."""
    day, query = timezone.localdate(), _kept(request.GET)
    asked = _asked(request)
    page = worklist.page(
        request.user,
        show=asked["show"] or "all",
        measure=asked["measure"],
        segment=asked["segment"],
        sort=asked["sort"] or worklist.BEST_FIRST,
        after=_key(request, "after"),
        before=_key(request, "before"),
        today=day,
    )
    drafts = encounters.open_drafts(request.user)
    context = panel or (panel_of(request, opened) if opened else {})
    return show(
        request,
        "portal/today/page.html",
        "today",
        rows=[row_of(flag, today=day, query=query, is_open=flag == opened) for flag in page.flags],
        headings=headings(COLUMNS, query=request.GET, default=worklist.BEST_FIRST),
        pages=_pages(page, asked, query),
        filters=_filters(page.counts, asked),
        measures=_measures(page.measures, asked),
        kinds=_kinds(page.segments, asked),
        nav_counts={"today": page.counts["all"]},
        drafts=drafts,
        undo=undo if undo and undo.status == Flag.Status.DISMISSED else None,
        csv_href=f"{reverse('portal:today_csv')}{'?' + query if query else ''}",
        is_filtered=bool(asked["measure"] or asked["segment"] or asked["show"] not in ("", "all")),
        **context,
    )


@require_safe
@portal_page(Permission.WORKLIST_VIEW)
def export(request):
    """The filtered list, whole, as CSV; the trail says who took how many rows."""
    day = timezone.localdate()
    asked = _asked(request)
    chosen = worklist.chosen(
        request.user, show=asked["show"] or "all", measure=asked["measure"], segment=asked["segment"], today=day
    )
    flags = worklist.in_order(chosen, asked["sort"] or worklist.BEST_FIRST).select_related("patient", "assigned_to")
    rows = [_line(flag, day) for flag in flags]
    detail = {name: asked[name] for name in ("show", "measure", "segment")}
    audit.record(event="worklist.exported", by=request.user, count=len(rows), detail=detail)
    return sheet(f"worklist-{day:%Y-%m-%d}", CSV_COLUMNS, rows)


CSV_COLUMNS = (
    "priority",
    "patient",
    "born_on",
    "phone",
    "number",
    "reason",
    "do",
    "who",
    "kinds",
    "act_by",
    "worth",
    "owner",
    "raised_on",
)


def _line(flag, day):
    patient = flag.patient
    owner = flag.assigned_to.name if flag.assigned_to else ""
    raised_on = timezone.localtime(flag.raised_at).date()
    worth = dollars(flag.value_cents)
    return (
        flag.get_severity_display(),
        patient.name,
        patient.born_on,
        patient.phone,
        flag.headline,
        flag.reason,
        flag.do,
        flag.get_who_display(),
        ", ".join(worklist.SEGMENTS[code] for code in flag.segments),
        flag.due_on,
        worth,
        owner,
        raised_on,
    )


def _asked(request):
    """How the query filters and sorts: codes alone. Other text is no filter, and has no place in the trail's line."""
    given = {name: request.GET.get(name, "") for name in KEPT}
    return {name: text if CODE.fullmatch(text) else "" for name, text in given.items()}


def _flag(request, name):
    """The flag that the query names; 404 for one that is not theirs."""
    key = _key(request, name)
    flags = Flag.objects.visible_to(request.user).select_related("patient", "assigned_to", "payer")
    return get_object_or_404(flags, public_id=key) if key else None


def _key(request, name):
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def _kept(query):
    """The part of the query that filters and sorts; where one is on the list is not in it."""
    kept = query.copy()
    for name in list(kept):
        if name not in KEPT or not kept[name]:
            del kept[name]
    return kept.urlencode()


def _link(asked, **change):
    """The list with one thing chosen otherwise, from its first page."""
    chosen = {name: value for name, value in (asked | change).items() if value}
    return f"?{urlencode(chosen)}" if chosen else reverse("portal:today")


def _filters(counts, asked):
    shown = asked["show"] or "all"
    return [
        {"label": word, "href": _link(asked, show=name), "count": counts[name], "current": shown == name}
        for name, word in WORDS.items()
    ]


def _kinds(counts, asked):
    """Links by kind of patient; the one that is chosen ends it."""
    chosen = asked["segment"]
    counts = counts | ({chosen: 0} if chosen in worklist.SEGMENTS and chosen not in counts else {})
    return [
        {
            "label": worklist.SEGMENTS[code],
            "href": _link(asked, segment="" if code == chosen else code),
            "count": count,
            "current": code == chosen,
        }
        for code, count in counts.items()
    ]


def _measures(codes, asked):
    """Links by segment (a measure, or what happened), when there is more than one to choose from."""
    if len(codes) < 2 and not asked["measure"]:
        return []
    links = [{"label": "Everything", "href": _link(asked, measure=""), "current": not asked["measure"]}]
    for code in codes:
        links.append(
            {"label": segments.title(code), "href": _link(asked, measure=code), "current": asked["measure"] == code}
        )
    return links


def _pages(page, asked, query):
    count, total = len(page.flags), page.counts.get(asked["show"] or "all")
    all_of_them = asked["measure"] or asked["segment"] or total is None
    total = count if all_of_them else total
    shown = f"{count} of {total} flag{'' if total == 1 else 's'}" if not all_of_them else f"{count} shown"
    link = f"{query}&" if query else ""
    return Pages(
        shown,
        next_href=f"?{link}after={page.next}" if page.next else "",
        previous_href=f"?{link}before={page.previous}" if page.previous else "",
    )
