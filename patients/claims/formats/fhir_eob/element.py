"""A resource, element by element: every read is checked for its type, and every fault knows its path."""

from functools import lru_cache

from ...checks import Rejected, problem
from ...fields import FieldFault
from .strict import Number

MOST_PROBLEMS = 50


@lru_cache(maxsize=4096)
def tail(address):
    """The last part of an address or name, in lower case: what tells code systems and extensions apart."""
    return address.rstrip("/").rpartition("/")[2].rpartition(":")[2].casefold()


class Element:
    """A JSON object and its place. What is absent is empty, and reads as empty."""

    __slots__ = ("data", "up", "name", "index", "faults")

    def __init__(self, data, up, name, index, faults):
        self.data, self.up, self.name, self.index, self.faults = data, up, name, index, faults

    def __bool__(self):
        return bool(self.data)

    def path(self, name=""):
        """Where this is, or where its child of that name is: `ExplanationOfBenefit.item[1].servicedDate`."""
        parts, element = [name] if name else [], self
        while element is not None:
            parts.append(element.name if element.index is None else f"{element.name}[{element.index}]")
            element = element.up
        return ".".join(reversed(parts))

    def fault(self, name, code, message):
        self.faults.append(problem(self.path(name), code, message))

    def part(self, name):
        """The object of that name."""
        value = self.data.get(name)
        if value is not None and type(value) is not dict:
            self.fault(name, "wrong_type", "is not an object.")
            value = None
        return Element(value or {}, self, name, None, self.faults)

    def absent(self, name):
        """An empty element of that name, whatever is there."""
        return Element({}, self, name, None, self.faults)

    def many(self, name, *, or_one=False):
        """The objects of that name, which must be an array. `or_one`: an older release has a single object there."""
        values = self.data.get(name)
        if values is None:
            return ()
        if or_one and type(values) is dict:
            values = [values]
        if type(values) is not list:
            self.fault(name, "wrong_type", "is not an array.")
            return ()
        found = []
        for index, value in enumerate(values):
            if type(value) is dict:
                found.append(Element(value, self, name, index, self.faults))
            elif value is not None:
                self.fault(f"{name}[{index}]", "wrong_type", "is not an object.")
        return found

    def string(self, name):
        """A text as it stands, '' when absent."""
        value = self.data.get(name)
        if type(value) is str:
            return value
        if value is not None:
            self.fault(name, "wrong_type", "is not a text.")
        return ""

    def read(self, name, reader):
        """A text through a reader of `fields`."""
        return self._through(name, self.data.get(name), reader, str, "is not a text.")

    def number(self, name, reader):
        """A number through a reader of `fields`."""
        return self._through(name, self.data.get(name), reader, Number, "is not a number.")

    def _through(self, name, value, reader, type_, says):
        if value is not None and type(value) is not type_:
            self.fault(name, "wrong_type", says)
            value = None
        try:
            return reader.careful("" if value is None else value)
        except FieldFault as fault:
            self.fault(name, fault.code, f"{fault.message}.")
            return reader.careful("")

    def checked(self, name, value, reader):
        """A text that was found below `name`, through a reader."""
        return self._through(name, value, reader, str, "is not a text.")

    def texts(self, name, reader):
        """The texts of an array, in order; null stands for one that is absent."""
        values = self.data.get(name)
        if values is not None and type(values) is not list:
            self.fault(name, "wrong_type", "is not an array.")
            return ()
        each = [
            self._through(f"{name}[{index}]", value, reader, str, "is not a text.")
            for index, value in enumerate(values or ())
        ]
        return tuple(filter(None, each))

    def loosely(self, name, reader):
        """A text through a reader; None where it cannot be read. For what a server stamps on a resource by itself."""
        value = self.data.get(name)
        try:
            return reader.careful(value) if type(value) is str else None
        except FieldFault:
            return None

    def codings(self, name=""):
        """(system's last part, code) of each coding of the concept of that name, or of this concept."""
        concept = self.data.get(name) if name else self.data
        codings = concept.get("coding") if type(concept) is dict else None
        if concept is None or (codings is None and type(concept) is dict):
            return []
        found = []
        if type(codings) is list:
            for coding in codings:
                code = coding.get("code", "") if type(coding) is dict else None
                system = coding.get("system", "") if type(coding) is dict else None
                if type(code) is not str or type(system) is not str:
                    break
                if code:
                    found.append((tail(system), code))
            else:
                return found
        return (self.part(name) if name else self)._codings_checked()

    def _codings_checked(self):
        """As `codings`, element by element: for a concept of which something is not what it should be."""
        each = ((coding.string("system"), coding.string("code")) for coding in self.many("coding"))
        return [(tail(system), code) for system, code in each if code]

    def extensions(self):
        """Extensions by the last part of their address; of several, the first."""
        found = {}
        for extension in self.many("extension"):
            found.setdefault(tail(extension.string("url")), extension)
        return found


class Resource(Element):
    """The root. `full_url` is its address in a Bundle, '' where it has none."""

    __slots__ = ("full_url", "_contained")

    def __init__(self, data, kind, full_url=""):
        super().__init__(data, None, kind, None, [])
        self.full_url = full_url
        self._contained = None

    def contained(self, reference):
        """The contained resource that `#id` names; an empty element when there is none."""
        if self._contained is None:
            self._contained = {one.string("id"): one for one in self.many("contained")}
        return self._contained.get(reference.removeprefix("#")) or self.absent("contained")

    def finish(self):
        """Raise Rejected when anything was wrong: each fault once, in the order in which they were met."""
        if self.faults:
            raise Rejected(list({(one.field, one.code): one for one in self.faults}.values())[:MOST_PROBLEMS])


def code_of(element, name="", *systems):
    """Of the concept of that name (or this one), the code in the first of the systems that has one; without systems, the first code."""
    codings = element.codings(name)
    for system in systems:
        for found, code in codings:
            if found == system:
                return code
    return codings[0][1] if codings and not systems else ""
