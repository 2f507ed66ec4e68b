"""A flag as a row of the worklist (see templates/_components/worklist_row.html)."""

import re

from django.urls import reverse

from carecoord.kernel.money import dollars

PDC = re.compile(r"PDC ([0-9]{1,3})%(?:, )?(.*)", re.ASCII | re.DOTALL)


def row_of(flag, *, today, query="", is_open=False):
    """`query` is the list's own query string, kept in the row's link."""
    pdc = PDC.fullmatch(flag.headline)
    coverage = next(iter(sorted(flag.patient.coverages.all(), key=lambda c: c.starts_on, reverse=True)), None)
    age = flag.patient.age_on(today)
    about = ", ".join(filter(None, [str(age) if age is not None else "", coverage.plan if coverage else ""]))
    late = flag.due_on is not None and flag.due_on < today
    key = flag.public_id
    return {
        "id": str(key),
        "href": f"{reverse('portal:today')}?{query + '&' if query else ''}open={key}",
        "panel_href": reverse("portal:flag", args=[key]),
        "severity": flag.severity,
        "name": flag.patient.name,
        "about": about,
        "why": flag.reason,
        "do": flag.do,
        "pdc": int(pdc[1]) if pdc else None,
        "matters": pdc[2] if pdc else flag.headline,
        "act_on": flag.due_on,
        "act_words": act_words(flag.due_on, today),
        "is_late": late,
        "worth": dollars(flag.value_cents) if flag.value_cents else "",
        "owner": flag.assigned_to.name if flag.assigned_to else "",
        "assign_href": reverse("portal:assign", args=[key]),
        "dismiss_href": reverse("portal:dismiss", args=[key]),
        "dismiss_panel_href": reverse("portal:dismiss", args=[key]),
        "snooze_href": reverse("portal:snooze", args=[key]),
        "next_try_on": getattr(flag, "next_try_on", None),
        "is_try_due": bool(getattr(flag, "next_try_on", None) and flag.next_try_on <= today),
        "is_open": is_open,
    }


def act_words(due_on, today):
    """'today', 'in 9 days', '3 days ago'."""
    if due_on is None:
        return ""
    days = (due_on - today).days
    if days == 0:
        return "today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"in {count}" if days > 0 else f"{count} ago"
