"""The forms of a page, as a browser would send them."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

BUTTONS = ("submit", "button", "image", "reset")
TEXTS = ("text", "search", "password", "tel", "url", "email", "textarea")


@dataclass
class Control:
    """A named field: `kind` is its type (select and textarea too), `values` what it holds, `choices` what it offers."""

    name: str
    kind: str
    values: list = field(default_factory=list)
    choices: list = field(default_factory=list)
    numeric: bool = False
    attributes: dict = field(default_factory=dict)


@dataclass
class Form:
    action: str
    method: str
    is_multipart: bool
    identity: str
    controls: dict = field(default_factory=dict)
    buttons: list = field(default_factory=list)

    def sent(self):
        """[Form] with one button each: its name and value, or its own address."""
        made = []
        for button in self.buttons or [{}]:
            form = replace(self, action=button.get("formaction") or self.action, controls=dict(self.controls))
            if button.get("name"):
                form.controls[button["name"]] = Control(button["name"], "hidden", [button.get("value", "")])
            made.append(form)
        return made


class Page(HTMLParser):
    """`forms`, and `by_id`: the attributes of every element that has an id."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.by_id, self.loose = [], {}, []
        self._form = self._select = self._area = None
        self.feed(text)
        for owner, attributes, kind in self.loose:
            for form in self.forms:
                if form.identity == owner:
                    self._add(form, attributes, kind)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.by_id[given["id"]] = given
        if tag == "form":
            multipart = "multipart" in given.get("enctype", "")
            self._form = Form(
                given.get("action", ""), given.get("method", "get").lower(), multipart, given.get("id", "")
            )
            self.forms.append(self._form)
        elif tag in ("input", "select", "textarea", "button"):
            kind = given.get("type", "text" if tag == "input" else "submit") if tag in ("input", "button") else tag
            if "form" in given:
                self.loose.append((given["form"], given, kind))
            elif self._form is not None:
                self._add(self._form, given, kind)
        elif tag == "option" and self._select is not None:
            self._select.choices.append(given.get("value", ""))
            if "selected" in given:
                self._select.values.append(given.get("value", ""))

    def _add(self, form, given, kind):
        if kind in BUTTONS:
            if kind == "submit":
                form.buttons.append(given)
            return
        name = given.get("name")
        if not name or "disabled" in given:
            return
        control = form.controls.setdefault(name, Control(name, kind, attributes=given))
        control.numeric = control.numeric or given.get("inputmode") in ("numeric", "decimal") or kind == "number"
        if kind == "select":
            self._select = control
        elif kind == "textarea":
            self._area = control
        elif kind in ("radio", "checkbox"):
            control.choices.append(given.get("value", "on"))
            if "checked" in given:
                control.values.append(given.get("value", "on"))
        else:
            control.values.append(given.get("value", ""))

    def handle_data(self, data):
        if self._area is not None:
            self._area.values = ["".join([*self._area.values, data])]

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            if self._select is not None and not self._select.values and "multiple" not in self._select.attributes:
                self._select.values = self._select.choices[:1]
            self._select = None
        elif tag == "textarea":
            self._area = None
