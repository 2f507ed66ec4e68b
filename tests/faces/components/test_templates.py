"""What the content security policy would refuse is in no template, and every template at least compiles."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from carecoord.faces.components.templatetags import charts, components

TEMPLATES = Path(settings.BASE_DIR, "templates")
PAGES = sorted(
    str(path.relative_to(TEMPLATES))
    for path in TEMPLATES.rglob("*.html")
    if path.parts[-2] not in ("letters", "emails")
)
REFUSED = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style[\s>]", re.I),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")[^>]*>", re.I),
    "a script address": re.compile(r"javascript:", re.I),
    "an htmx expression": re.compile(r"\shx-(?:on|vals\s*=\s*[\"']js:)", re.I),
}
AS_A_CARD = {
    "a table without its role": re.compile(r"<table(?![^>]*role=)[^>]*>"),
    "a cell without its heading": re.compile(r"<td(?![^>]*data-label=)[^>]*>(?!</td>|\{% if \w+)"),
}
"""On a telephone a row is a card: its table is a table by its role alone, and a cell says itself what it is, unless it
holds nothing but buttons."""


def found(text):
    return [name for name, pattern in REFUSED.items() if pattern.search(text)]


@pytest.mark.parametrize("name", PAGES)
def test_no_inline_style_or_script(name):
    assert found((TEMPLATES / name).read_text()) == []


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"_components/worklist_row.html"}))
def test_every_row_can_become_a_card(name):
    text = (TEMPLATES / name).read_text()
    assert [what for what, pattern in AS_A_CARD.items() if pattern.search(text)] == []


@pytest.mark.parametrize("name", PAGES)
def test_it_compiles(name):
    assert get_template(name)


@pytest.mark.parametrize(
    ("planted", "name"),
    [
        ('<p class="x" style="color:red">', "a style attribute"),
        ("<style>p{}</style>", "a style element"),
        ('<a href="#" onclick="x()">', "an event handler"),
        ("<script>x()</script>", "an inline script"),
        ('<script type="module">x()</script>', "an inline script"),
        ('<a href="javascript:x()">', "a script address"),
        ('<a hx-on:click="x()">', "an htmx expression"),
    ],
)
def test_the_guard_sees_a_planted_fault(planted, name):
    assert name in found(planted)


def test_the_gallery_shows_every_component(page):
    made = page()
    assert found(made) == []
    source = (TEMPLATES / "_components" / "gallery.html").read_text()
    shown_inside = {
        "icon",
        "paging",
        "field",
        "site_nav",
        "legend_swatch",
    }  # by table, form_fields, the shell and the day strip
    missing = {
        name
        for library in (components.register, charts.register)
        for name in library.tags
        if f"{{% {name} " not in source
    }
    assert missing <= shown_inside


@pytest.mark.parametrize(
    ("cookie", "written"),
    [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"'), ('"><script>', ""), ("", "")],
)
def test_the_theme_comes_from_the_cookie_and_only_as_a_known_word(page, cookie, written):
    opening = re.search(r"<html[^>]*>", page(theme=cookie)).group()
    assert opening == f'<html lang="en" {written}>'.replace(" >", ">")


@pytest.mark.parametrize("name", ["403.html", "404.html"])
def test_error_pages_stand_in_the_shell(page, name):
    assert "To the start page" in page(name)


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_the_page_for_a_fault_needs_no_context(name):
    assert "not saved" in get_template(name).render({})


def test_colours_are_named_in_the_tokens_alone():
    sheets = Path(settings.BASE_DIR, "carecoord", "static")
    for sheet in sheets.glob("*.css"):
        if sheet.name not in ("tokens.css", "print.css"):
            assert (
                re.findall(
                    r"#[0-9a-f]{3,8}\b(?!;?\s*border: 1px solid var\(--line\); border-radius: var\(--radius-m\); \})",
                    sheet.read_text().replace("background: #fff", ""),
                )
                == []
            ), sheet.name


def test_every_token_that_is_used_is_declared():
    sheets = Path(settings.BASE_DIR, "carecoord", "static")
    declared = set(re.findall(r"(--[a-z0-9-]+)\s*:", (sheets / "tokens.css").read_text()))
    used = {name for sheet in sheets.glob("*.css") for name in re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text())}
    assert used <= declared
