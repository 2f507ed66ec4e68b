"""`{% load pbm_site %}`: cents as dollars, days out of a snapshot, and the headings and cells of an admin list."""

from datetime import date

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import display_for_field, display_for_value, lookup_field
from django.db.models import IntegerField
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.text import capfirst

from carecoord.faces.components.tables import Heading, Page
from carecoord.kernel import money

from ..labels import LABELS

register = template.Library()


@register.filter
def dollars(amount_cents):
    """`{{ 123456|dollars }}` is $1,234.56."""
    return money.dollars(amount_cents or 0)


@register.filter
def thousands(number):
    """`{{ 12345|thousands }}` is 12,345."""
    return f"{number:,}"


@register.filter
def day(text):
    """`{{ "2026-11-26"|day }}` is 26 Nov 2026; what is no such day stays as it is."""
    try:
        return date_format(date.fromisoformat(text))
    except (TypeError, ValueError):
        return text


@register.filter
def spoken(code):
    """`{{ "bp_check"|spoken }}` is Bp check: a code that has no words of its own, without its underscores."""
    return capfirst(str(code or "").replace("_", " "))


@register.filter
def named(code, names):
    """`{{ row.program|named:programs }}`: the name that goes with a code, or the code."""
    return names.get(code, code)


@register.simple_tag
def list_headings(changelist):
    """The headings of a list as `{% table %}` wants them."""
    return [
        Heading(
            label=LABELS.get(name) or capfirst(header["text"]),
            css="num" if _is_number(changelist, name) else "",
            is_hidden=False,
            href=header.get("url_primary", "") if header.get("sortable") else "",
            direction=("ascending" if header.get("ascending") else "descending") if header.get("sorted") else "",
        )
        for name, header in zip(changelist.list_display, result_headers(changelist), strict=True)
    ]


@register.simple_tag
def list_rows(changelist, columns):
    """(address, [(heading, field's name, words)]) for each row of a list."""
    named = list(zip(columns, changelist.list_display, strict=True))
    return [
        (changelist.url_for_result(row), [(heading, name, _words(changelist, name, row)) for heading, name in named])
        for row in changelist.result_list
    ]


def _is_number(changelist, name):
    """A count; a year is read as a name."""
    fields = {field.name: field for field in changelist.opts.fields}
    return name != "year" and isinstance(fields.get(name), IntegerField)


def _words(changelist, name, row):
    field, _, value = lookup_field(name, row, changelist.model_admin)
    empty = "open" if name == "until" else "–"
    if field is None:
        return display_for_value(value, empty)
    if field.is_relation:
        return getattr(row, name) or empty
    if value is not None and _is_number(changelist, name):
        return thousands(value)
    return display_for_field(value, field, empty)


@register.simple_tag
def with_addresses(items):
    """Tabs with `name` get their `href`."""
    return [item | {"href": reverse(item["name"])} for item in items]


@register.simple_tag
def list_page(changelist):
    """The pages of a list."""
    query, number = changelist.get_query_string, changelist.page_num
    pages = changelist.paginator.num_pages
    count = changelist.result_count
    return Page(
        shown=f"{count:,} {changelist.model_admin.words_for(count)}, page {number} of {pages}",
        next_href=query({"p": number + 1}) if number < pages else "",
        previous_href=query({"p": number - 1}) if number > 1 else "",
    )


@register.simple_tag
def filter_links(changelist, spec):
    """One filter: its `choices`, and the words of the one that is `chosen`, if that is not the first (all)."""
    choices = list(spec.choices(changelist))
    return {"choices": choices, "chosen": next((str(c["display"]) for c in choices[1:] if c["selected"]), "")}


@register.filter
def admin_add_name(opts):
    """The name of the page that adds a row of a model."""
    return f"pbm:{opts.app_label}_{opts.model_name}_add"


@register.simple_tag
def form_of(adminform):
    """`shown`: (label, value) pairs of what is not asked and not empty; `asked`: the bound fields of what is."""
    shown, asked = [], []
    for fieldset in adminform:
        for line in fieldset:
            for part in line:
                words = part.contents() if part.is_readonly else ""
                if not part.is_readonly:
                    asked.append(part.field)
                elif words not in ("", part.empty_value_display):
                    shown.append((LABELS.get(part.field["name"]) or capfirst(part.field["label"]), words))
    return {"shown": shown, "asked": asked}
