"""`{% load components %}`: every part of a page as a tag with named arguments. The gallery shows each one in each
state.

Extra arguments become attributes (`hx_get="..."` is written as `hx-get`);
`style` and handlers
such as `onclick` are refused, because the content security policy would not run them.
"""

from functools import cache

from django import template
from django.forms.utils import flatatt
from django.forms.widgets import MultiWidget, SelectDateWidget, SplitDateTimeWidget
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from lucide.templatetags.lucide import lucide

from ..tables import Page
from ..words import browser_words

register = template.Library()
register.filter(browser_words)

SEVERITIES = {
    "urgent": ("triangle-alert", "Urgent"),
    "high": ("circle-alert", "High"),
    "routine": ("clock", "Routine"),
    "ok": ("circle-check", "Done"),
    "info": ("info", "Note"),
}
FITTING = 5
"""Items of the navigation that a telephone's bar has room for."""
COMPOSED = (MultiWidget, SelectDateWidget)
PIECE_WORDS = {"month": "month", "day": "day", "year": "year"}
PORTAL_NAV = (
    {"label": "Today", "icon": "list-checks", "name": "portal:today"},
    {"label": "Patients", "icon": "users", "name": "portal:patients"},
    {"label": "Vaccines", "icon": "syringe", "name": "portal:vaccines"},
    {"label": "Billing", "icon": "receipt-text", "name": "portal:billing"},
    {"label": "Measures", "icon": "gauge", "name": "portal:measures"},
    {"label": "Pharmacy", "icon": "store", "name": "portal:pharmacy"},
)


def attributes(given):
    """Extra named arguments as escaped HTML attributes. None and False leave one out, True writes it bare."""
    plain = {}
    for name, value in given.items():
        name = name.replace("_", "-")
        if name == "style" or (name.startswith("on") and not name.startswith("on-")):
            raise template.TemplateSyntaxError(
                f"'{name}' cannot be used: the content security policy allows no inline style or script."
            )
        if value is None or value is False:
            continue
        # adding "" takes the mark "safe" off literals, so that quotes in them are escaped
        plain[name] = value if value is True else str(value) + ""
    return flatatt(plain)


@register.filter
def coded(text):
    """What stands between backticks as code: texts of the OpenAPI document are Markdown."""
    parts = text.split("`")
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", p) if n % 2 else p,) for n, p in enumerate(parts))
    )


@register.simple_tag
def icon(name, size=16):
    """A decorative icon beside its word: `{% icon "phone" %}`."""
    return _picture(name, size)


@cache
def _picture(name, size):
    """Kept: reading an icon out of its archive costs more than the row that it stands in."""
    return lucide(name, size=size, aria_hidden="true", focusable="false")


@register.inclusion_tag("_components/button.html")
def button(label, *, icon="", kind="", size="", href="", type="button", disabled=False, **attrs):
    """`{% button "Call" icon="phone" kind="primary" href=url %}`; kind: primary, danger, quiet or nothing; with href
    it is a link."""
    css = " ".join(["btn", *(f"btn-{part}" for part in (kind, size) if part)])
    return {
        "label": label,
        "icon": icon,
        "css": css,
        "href": href,
        "type": type,
        "disabled": disabled,
        "attrs": attributes(attrs),
    }


@register.inclusion_tag("_components/chip.html")
def chip(severity="routine", label="", icon=""):
    """`{% chip "urgent" %}`, `{% chip "ok" label="Paid" %}`: always an icon and a word."""
    usual_icon, word = SEVERITIES[severity]
    return {"severity": severity, "icon": icon or usual_icon, "label": label or word}


@register.inclusion_tag("_components/tile.html")
def tile(label, value, *, unit="", note="", tone="", icon="", href=""):
    """A number that leads to its rows: `{% tile "Open" 18 note="4 due today" href=url %}`; tone: urgent, ok. Wrap
    them in `<div class="tiles">`."""
    icon = icon or {"urgent": "triangle-alert", "ok": "trending-up"}.get(tone, "")
    return {"label": label, "value": value, "unit": unit, "note": note, "tone": tone, "icon": icon, "href": href}


@register.simple_block_tag(end_name="endtable")
def table(content, *, caption, columns, page=None, worklist=False, wide=False, show_caption=False):
    """A table around rows that you write; cells carry `role="cell"` and `data-label` for the card that they become
    on a telephone.

    `columns` from `tables.headings(...)`, `page` a `tables.Page`; worklist=True turns on the keys; wide=True scrolls
    sideways."""
    parts = {
        "caption": caption,
        "columns": columns,
        "page": page,
        "is_worklist": worklist,
        "is_wide": wide,
        "show_caption": show_caption,
    }
    return render_to_string("_components/table.html", {**parts, "content": content})


@register.inclusion_tag("_components/paging.html")
def paging(page: Page, *, label="Pages"):
    """`{% paging page %}`: what is shown, earlier and later; `label` where two lists are on a page."""
    return {"page": page, "label": label}


@register.inclusion_tag("_components/empty.html")
def empty(title, *, text="", icon="inbox", action="", href=""):
    """An empty list says what to do: `{% empty "Nothing is due" text="..." action="See all patients" href=url %}`."""
    return {"title": title, "text": text, "icon": icon, "action": action, "href": href}


@register.inclusion_tag("_components/segments.html")
def segments(items, *, label):
    """Filters as links: items are dicts of label, href, count (optional), current (bool)."""
    return {"items": items, "label": label}


@register.inclusion_tag("_components/search.html")
def search(*, action, label="Search", name="q", value="", placeholder=""):
    """Searches by POST: names and dates of birth do not belong into addresses."""
    return {"action": action, "label": label, "name": name, "value": value, "placeholder": placeholder or label}


@register.simple_block_tag(end_name="endpanel")
def panel(content, *, title, close_href, severity="", subtitle="", href=""):
    """The side panel; `close_href` is the page without it (it works without JavaScript). Put it into the block
    `panel`, or swap it into #panel."""
    parts = {"title": title, "close_href": close_href, "severity": severity, "subtitle": subtitle, "href": href}
    return render_to_string("_components/panel.html", {**parts, "content": content})


@register.inclusion_tag("_components/field.html")
def field(bound, *, mark_required=True, css="", label=""):
    """`{% field form.phone %}`: label, help, widget, errors, whatever the widget."""
    bound.field.widget.attrs.pop("placeholder", None)  # the label says it, and stays when something is typed
    kind = bound.field.widget.__class__.__name__
    parts = {
        "field": bound,
        "css": css,
        "label": label or bound.label,
        "kind": kind,
        "is_check": kind == "CheckboxInput",
    }
    described_by = bound.aria_describedby or ""
    pieces = [] if bound.is_hidden else _pieces(bound)
    return {
        **parts,
        "says_required": mark_required and bound.field.required,
        "described_by": described_by,
        "pieces": pieces,
    }


def _pieces(bound):
    """The inputs of a widget that is made of several (a date in three lists), each with its word as a name; nothing
    for other widgets."""
    pieces = bound.subwidgets[0].data.get("subwidgets") or () if isinstance(bound.field.widget, COMPOSED) else ()
    for number, piece in enumerate(pieces):
        word = PIECE_WORDS.get(str(piece["name"]).rpartition("_")[2]) or f"part {number + 1}"
        if isinstance(bound.field.widget, SplitDateTimeWidget):
            word = ("date", "time")[number]
        piece["attrs"]["aria-label"] = f"{bound.label}, {word}"
    return [mark_safe(bound.form.renderer.render(piece["template_name"], {"widget": piece})) for piece in pieces]  # noqa: S308 - rendered by Django's own escaping form templates


@register.inclusion_tag("_components/form_fields.html")
def form_fields(form, *, mark_required=True, title="This could not be saved yet"):
    """What is wrong on top (under `title`), then every field of the form."""
    return {"form": form, "mark_required": mark_required, "title": title}


@register.simple_block_tag(end_name="endalert")
def alert(content, *, kind="info", title="", role="", level=None):
    """`{% alert kind="high" title="..." %}text{% endalert %}`; kind: info, ok, high, urgent; role="alert" when it
    appears by itself;
    level=2 makes its title a heading."""
    parts = {
        "kind": kind,
        "icon": SEVERITIES[kind][0],
        "word": SEVERITIES[kind][1],
        "title": title,
        "role": role,
        "level": level,
    }
    return render_to_string("_components/alert.html", {**parts, "content": content})


@register.inclusion_tag("_components/timeline.html")
def timeline(entries, *, label="Timeline"):
    """Entries, newest first: dicts of on (date or datetime), title, text, who, icon, tone (accent, ok, urgent),
    href."""
    return {"entries": entries, "label": label}


@register.inclusion_tag("_components/facts.html")
def facts(items, *, lines=False):
    """Pairs of (term, value) as a description list; lines=True puts one on a line."""
    return {"items": items, "lines": lines}


@register.inclusion_tag("_components/progress.html")
def progress(label, *, value, maximum=100, text=""):
    """`{% progress "Lines loaded" value=41 maximum=60 %}`."""
    return {"label": label, "value": value, "maximum": maximum, "text": text or f"{value} of {maximum}"}


@register.inclusion_tag("_components/tabs.html")
def tabs(items, *, label):
    """Tabs are links: dicts of label, href, count (optional), current (bool)."""
    return {"items": items, "label": label}


@register.inclusion_tag("_components/crumbs.html")
def breadcrumb(items):
    """Pairs of (label, href); the last one is this page and needs no href."""
    return {"items": items}


@register.inclusion_tag("_components/copy.html")
def copy_field(label, value):
    """A code that can be selected, and copied where JavaScript runs."""
    return {"label": label, "value": value}


@register.inclusion_tag("_components/stepper.html")
def stepper(steps, *, label="Steps"):
    """Dicts of label and state: done, now, next, failed."""
    return {"steps": steps, "label": label}


@register.inclusion_tag("_components/status.html")
def save_status(form_id, *, state="idle", saved_at=None):
    """How the draft of form `form_id` stands: idle (nothing was saved since the page came; `saved_at` says when before),
    saving, saved, failed. Written by the server, kept up by saved.js."""
    return {"form_id": form_id, "state": state, "saved_at": saved_at}


@register.simple_block_tag(end_name="endconfirm")
def confirm(content, *, label, icon="", kind="", key="", open=False):
    """A question that opens where its button is; the content is the form. No dialog, no script."""
    css = f"btn btn-{kind}" if kind else "btn"
    return render_to_string(
        "_components/confirm.html",
        {"label": label, "icon": icon, "css": css, "key": key, "open": open, "content": content},
    )


@register.inclusion_tag("_components/patient_header.html")
def patient_header(patient):
    """A dict: name, age, sex, born_on, phone, language, plan, consent, attributed_since, attributed_because, chips
    [(severity, label)], actions [dict(label, href, icon, kind)]."""
    return {"patient": patient}


@register.inclusion_tag("_components/worklist_row.html")
def worklist_row(row):
    """A dict: see `_components/worklist_row.html`."""
    return {"row": row}


@register.inclusion_tag("_components/site_nav.html", takes_context=True)
def site_nav(context):
    """The navigation of a face: `nav_items` of the context (dicts of label, icon, name or href, count), else the
    portal's for a pharmacy's people.

    What has no address is left out. A telephone's bar has room for five: of more, the last stand under "More" there.
    Current is the item whose `section` or label (small letters) is the context's `section`, else the one with the
    longest address that the path starts with."""
    path = getattr(context.get("request"), "path", "")
    items = [item for item in map(_with_address, _nav_items(context)) if item["href"]]
    counts = context.get("nav_counts") or {}
    section = context.get("section")
    for item in items:
        item["key"] = item.get("section") or item["label"].lower()
        item["count"] = item.get("count") or counts.get(item["key"])
    chosen = [item for item in items if item["key"] == section] if section else []
    here = chosen or sorted((i for i in items if path.startswith(i["href"])), key=lambda i: len(i["href"]))[-1:]
    rare = items[FITTING - 1 :] if len(items) > FITTING else []
    for item in items:
        item["current"] = bool(here) and item is here[-1]
        item["is_rare"] = any(item is each for each in rare)
    return {"items": items, "rare": rare, "rare_is_current": any(item["current"] for item in rare)}


def _nav_items(context):
    scope = getattr(context.get("user"), "scope", None)
    return context.get("nav_items") or (PORTAL_NAV if getattr(scope, "role", "") == "portal" else ())


def _with_address(item):
    if item.get("href"):
        return dict(item)
    try:
        return {**item, "href": reverse(item["name"])}
    except NoReverseMatch:
        return {**item, "href": ""}
