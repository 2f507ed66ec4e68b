"""Each component renders what it is given, escaped, and nothing that the content security policy would refuse."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template, TemplateSyntaxError

from carecoord.faces.components import gallery, gallery_charts
from carecoord.faces.components.line_chart import LineChart, Point, Series, draw
from carecoord.faces.components.tables import Column, Page, counted, headings


def render(source, **context):
    return Template("{% load components charts %}" + source).render(Context(context))


def test_text_is_escaped_everywhere():
    evil = '<script>alert("1")</script>'
    made = render(
        "{% button evil title=evil %}{% chip 'high' label=evil %}{% tile evil evil note=evil %}"
        "{% empty evil text=evil %}{% copy_field evil evil %}"
        "{% segments items label=evil %}{% tabs items label=evil %}{% facts pairs %}"
        "{% alert title=evil %}ok{% endalert %}{% patient_header patient %}"
        "{% panel title=evil close_href='/' subtitle=evil %}ok{% endpanel %}"
        "{% progress evil value=1 %}{% breadcrumb pairs %}{% day_strip strip %}",
        evil=evil,
        items=[{"label": evil, "href": evil}],
        pairs=[(evil, evil)],
        patient={"name": evil, "plan": evil},
        strip={**gallery_charts.late_strip(), "title": evil, "union_note": evil},
    )
    assert "<script" not in made
    assert "&lt;script" in made


def test_extra_arguments_become_attributes():
    made = render(
        """{% button "Take" hx_post="/x" hx_vals='{"a": "b"}' data_key="a" disabled=False autofocus=True %}"""
    )
    assert 'hx-post="/x"' in made
    assert 'hx-vals="{&quot;a&quot;: &quot;b&quot;}"' in made
    assert " autofocus" in made


@pytest.mark.parametrize("forbidden", ["style", "onclick", "onmouseover"])
def test_inline_style_and_handlers_are_refused(forbidden):
    with pytest.raises(TemplateSyntaxError, match="content security policy"):
        render("{% button 'x' " + forbidden + "='y' %}")


def test_a_link_that_cannot_be_followed_has_no_address():
    made = render("{% button 'x' href='/y' disabled=True %}")
    assert "href" not in made
    assert 'aria-disabled="true"' in made


@pytest.mark.parametrize("severity", ["urgent", "high", "routine", "ok", "info"])
def test_a_chip_says_its_severity_in_a_word_and_a_picture(severity):
    made = render("{% chip severity %}", severity=severity)
    assert "<svg" in made
    assert any(word in made for word in ("Urgent", "High", "Routine", "Done", "Note"))


WIDGETS = [name for name in gallery.ExampleForm.base_fields if name != "draft"]


@pytest.mark.parametrize("name", WIDGETS)
def test_every_widget_has_a_name_and_says_what_is_wrong(name):
    form = gallery.ExampleForm({}, prefix="f")
    form.is_valid()
    form.add_error(name, "Not like this.")
    made = render("{% field bound %}", bound=form[name])
    assert form[name].label in made
    assert "Not like this." in made
    assert f'id="{form[name].auto_id}_error"' in made
    if form[name].use_fieldset:
        assert '<fieldset class="field " aria-describedby="' in made
        assert "<legend>" in made
    else:
        assert f'for="{form[name].id_for_label}"' in made
        if not form[name].field.disabled:
            assert "aria-describedby" in made


def test_the_parts_of_a_date_each_have_a_name():
    made = render("{% field bound %}", bound=gallery.ExampleForm()["born_on"])
    for word in ("month", "day", "year"):
        assert f'aria-label="Date of birth, {word}"' in made
    assert "&lt;select" not in made


def test_a_form_lists_its_errors_with_links_to_the_fields():
    class Small(forms.Form):
        phone = forms.CharField()

    made = render("{% form_fields form %}", form=Small({}))
    assert 'role="alert"' in made
    assert 'href="#id_phone"' in made


def test_a_click_on_the_sorted_heading_turns_it_round_and_starts_at_the_first_page():
    columns = (Column("Due", sort="due"), Column("Name", sort="name"), Column("Why"))
    due, name, why = headings(columns, query=QueryDict("sort=due&after=k9&mine=1"))
    assert (due.direction, due.href) == ("ascending", "?sort=-due&mine=1")
    assert (name.direction, name.href) == ("", "?sort=name&mine=1")
    assert why.href == ""


def test_a_table_has_a_caption_headings_and_pages():
    columns = headings((Column("Due", sort="due"),), query=QueryDict("sort=-due"))
    made = render(
        "{% table caption='Flags' columns=columns page=page %}<tbody><tr><td>row</td></tr></tbody>{% endtable %}",
        columns=columns,
        page=Page("1 to 2 of 9", next_href="?after=2"),
    )
    assert 'aria-sort="descending"' in made
    assert "1 to 2 of 9" in made
    assert 'rel="next"' in made and 'rel="prev"' not in made
    assert "<td>row</td>" in made


def test_a_worklist_row_says_the_number_that_matters_and_offers_its_keys():
    made = render("{% worklist_row row %}", row=gallery.worklist()[0])
    assert "PDC 79%" in made and ", 4 days left" in made and "3 Dec" in made
    assert 'data-key="a"' in made and 'data-key="d"' in made and "data-open" in made


@pytest.mark.parametrize(
    ("value", "words"), [(71, "not met"), (Decimal("79.99"), "not met"), (80, "goal 80%: met"), (100, "goal 80%: met")]
)
def test_a_bar_says_whether_the_goal_is_met(value, words):
    assert words in render("{% pdc_bar value %}", value=value)


def test_a_chart_places_values_and_says_them():
    points = (Point(date(2026, 1, 1), 150), Point(date(2026, 3, 1), 130))
    drawing = draw(LineChart("Blood pressure", "mmHg", (Series("Systolic", points, 110, 140),), 50, 170))
    ((_, x1, y1, x2, y2),) = drawing.lines
    assert y2 > y1  # a lower pressure lies lower
    assert drawing.summary == ("Systolic: 2 values from 130 to 150 mmHg, last 130 on 1 Mar 2026.",)


def test_a_chart_without_values_is_refused():
    with pytest.raises(ValueError, match="nothing to draw"):
        draw(LineChart("A1c", "%", (Series("A1c", ()),), 4, 12))


def test_the_navigation_marks_the_longest_address_that_fits(rf):
    items = [
        {"label": "Home", "icon": "house", "href": "/pbm/"},
        {"label": "Feeds", "icon": "inbox", "href": "/pbm/feeds/"},
    ]
    made = render("{% site_nav %}", nav_items=items, request=rf.get("/pbm/feeds/7/"))
    assert made.count('aria-current="page"') == 1
    assert '<a href="/pbm/feeds/" aria-current="page">' in made


def test_a_telephones_bar_shows_four_pages_and_more(rf):
    items = [{"label": f"Page {n}", "icon": "house", "href": f"/{n}/"} for n in range(1, 8)]
    made = render("{% site_nav %}", nav_items=items, request=rf.get("/6/"))
    assert made.count('<li class="rare">') == 3
    bar, _, more = made.partition("<details")
    assert "Page 4" in bar and "Page 4" not in more
    assert '<summary class="current">' in more and '<a class="menu-item" href="/6/" aria-current="page">' in more
    assert "<details" not in render("{% site_nav %}", nav_items=items[:5], request=rf.get("/"))


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("curl/8.0", "A browser"),
    ],
)  # fmt: skip
def test_a_session_is_told_by_browser_and_system(agent, words):
    assert render("{{ agent|browser_words }}", agent=agent) == words


def test_one_is_not_several():
    assert (counted(1, "flag"), counted(0, "flag")) == ("1 flag", "0 flags")
    assert counted(1200, "delivery", "deliveries") == "1,200 deliveries"


def test_a_face_without_addresses_has_no_navigation(rf):
    assert render("{% site_nav %}", request=rf.get("/")).strip() == ""
