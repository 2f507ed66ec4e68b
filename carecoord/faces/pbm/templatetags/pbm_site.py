"""`{% load pbm_site %}`: cents as dollars, a link with one part of the query changed, and the cells of an admin list."""

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers, results
from django.urls import reverse
from django.utils.text import capfirst

from carecoord.faces.components.tables import Heading, Page
from carecoord.kernel import money

register = template.Library()


@register.filter
def dollars(amount_cents):
    """`{{ 123456|dollars }}` is $1,234.56."""
    return money.dollars(amount_cents or 0)


@register.filter
def thousands(number):
    """`{{ 12345|thousands }}` is 12,345."""
    return f"{number:,}"


@register.simple_tag
def list_headings(changelist):
    """The headings of a list as `{% table %}` wants them."""
    return [
        Heading(
            label=capfirst(header["text"]),
            css="",
            is_hidden=False,
            href=header.get("url_primary", "") if header.get("sortable") else "",
            direction=("ascending" if header.get("ascending") else "descending") if header.get("sorted") else "",
        )
        for header in result_headers(changelist)
    ]


@register.simple_tag
def list_rows(changelist):
    """Rows of cells, each cell as Django renders it."""
    return [list(row) for row in results(changelist)]


@register.simple_tag
def with_addresses(items):
    """Tabs with `name` get their `href`."""
    return [item | {"href": reverse(item["name"])} for item in items]


@register.simple_tag
def list_page(changelist):
    """The pages of a list."""
    query, number = changelist.get_query_string, changelist.page_num
    pages = changelist.paginator.num_pages
    return Page(
        shown=f"{changelist.result_count:,} {changelist.opts.verbose_name_plural}, page {number} of {pages}",
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
    """`shown`: (label, value) pairs of what is not asked; `asked`: the bound fields of what is."""
    shown, asked = [], []
    for fieldset in adminform:
        for line in fieldset:
            for part in line:
                if part.is_readonly:
                    shown.append((str(part.field["label"]).capitalize(), part.contents()))
                else:
                    asked.append(part.field)
    return {"shown": shown, "asked": asked}
