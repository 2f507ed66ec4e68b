"""A TOML text -> a Mapping, or every fault of it with table, key and line."""

import re
import tomllib
from dataclasses import dataclass, field
from typing import NamedTuple

from .mapping import FIELDS, NEEDED, Mapping, Place
from .values import DATES, SIGNS

TEXT = re.compile(r"[\x20-\x7e]{0,60}")
TABLES = {
    "file": {"layout": str, "delimiter": str, "quoted": bool, "column_names": bool, "encoding": str},
    "recognise": {"starts_with": str, "column_names": list, "line_length": int},
    "records": {"column": (str, int), "at": int, "width": int, "header": str, "detail": str, "trailer": str},
    "values": {"date": str, "amount_decimals": int, "quantity_decimals": int, "sign": str},
    "leave_out": {"column": (str, int), "at": int, "width": int, "values": list},
    "reversal": {"acts_on": str, "negative": bool},
}
ACTS_ON = {
    "same_id": ("claim_id",),
    "original_claim_id": ("original_claim_id",),
    "prescription": ("pharmacy_ref", "rx_number", "fill_number"),
}
CODED = {"transaction": ("B1", "B2", "B3"), "dispensing_status": ("P", "C", "")}
CODED |= {"channel": ("retail", "mail", "ltc", "specialty", "other", "")}
MUST_BE_CODED = ("transaction", "channel")
TYPE_NAMES = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    list: "a list of texts",
    (str, int): "a text or number",
}


class Fault(NamedTuple):
    """What is wrong with a mapping. `line`: of its file, 0 when it is about something that is not there."""

    table: str
    key: str
    line: int
    message: str

    def __str__(self):
        table = f"[{self.table}] " if self.table else ""
        where = ", ".join(filter(None, (f"line {self.line}" if self.line else "", f"{table}{self.key}".strip())))
        return f"{where}: {self.message}" if where else self.message


class BadMapping(ValueError):
    """A mapping with faults."""

    def __init__(self, faults):
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


@dataclass
class Reader:
    """Reads one TOML text and collects what is wrong with it."""

    text: str
    told: dict
    faults: list = field(default_factory=list)

    def fault(self, table, key, message):
        self.faults.append(Fault(table, key, line_of(self.text, table, key), message))

    def table(self, name):
        """The keys of a table that are known and of the right type."""
        told = self.told.get(name, {})
        if not isinstance(told, dict):
            self.fault("", name, f"must be a table: [{name}].")
            return {}
        known, found = TABLES[name], {}
        for key, value in told.items():
            if key not in known:
                self.fault(name, key, f"is no key of this table. Known: {', '.join(known)}.")
            elif not _is(value, known[key]):
                self.fault(name, key, f"must be {TYPE_NAMES[known[key]]}.")
            else:
                found[key] = value
        return found

    def place(self, table, key, told, *, is_fixed, may_be_constant=False):
        """A Place, or None with a fault."""
        if not isinstance(told, dict):
            self.fault(
                table,
                key,
                "must be a place such as " + ("{ at = 1, width = 8 }." if is_fixed else '{ column = "NAME" }.'),
            )
            return None
        known = {
            "column": (str, int),
            "at": int,
            "width": int,
            "date": str,
            "decimals": int,
            "sign": str,
            "value": object,
        }
        wrong = [name for name, value in told.items() if name not in known or not _is(value, known[name])]
        if wrong:
            self.fault(
                table, key, f"has {', '.join(wrong)}, which is no key of a place or has a value of the wrong type."
            )
            return None
        if "value" in told and may_be_constant:
            return Place(value=told["value"])
        wanted = {"at", "width"} if is_fixed else {"column"}
        if not wanted <= set(told) or "value" in told or ({"at", "width", "column"} & set(told)) != wanted:
            says = "at and width, since the file is fixed." if is_fixed else "column, since the file is delimited."
            self.fault(table, key, f"must say {says}")
            return None
        if any(isinstance(told[name], int) and told[name] < 1 for name in wanted):
            self.fault(table, key, "must be 1 or more: columns and characters count from 1.")
            return None
        self._check_values(table, key, told)
        return Place(**told)

    def _check_values(self, table, key, told):
        if told.get("date", "YYYYMMDD") not in DATES:
            self.fault(table, key, f"has a date that is none of {', '.join(DATES)}.")
        if told.get("sign", "leading") not in SIGNS:
            self.fault(table, key, f"has a sign that is none of {', '.join(SIGNS)}.")
        if not 0 <= told.get("decimals", 0) <= 6:
            self.fault(table, key, "has decimals outside 0 to 6.")


def _is(value, type_):
    if type_ is object:
        return isinstance(value, str | bool | int)
    if type_ is list:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, type_) and (type_ is bool or not isinstance(value, bool))


def line_of(text, table, key):
    """The line on which a key of a table stands in a TOML text; of the table when the key does not; 0 for neither."""
    now, found = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            now = heading[1].replace('"', "").replace(" ", "")
            if now == table or (not table and now == key):
                found = number
        elif now == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[.=]""", line):
            return number
    return found


def parse(text, name):
    """A Mapping out of a TOML text. Raises BadMapping with everything that is wrong with it."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line ([0-9]+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        raise BadMapping([Fault("", "", line, f"is no TOML: {error}.")])
    except RecursionError:
        raise BadMapping([Fault("", "", 0, "is nested too deeply.")])
    return _mapping(Reader(text, told), name)


def _mapping(reader, name):
    known = {"title", "trailer", "columns", "codes", *TABLES}
    for key in set(reader.told) - known:
        reader.fault("", key, f"is not known. Known: {', '.join(sorted(known))}.")
    title = reader.told.get("title", "")
    if not isinstance(title, str) or not title:
        reader.fault("", "title", "is missing: say what the file is called.")
    file, values = reader.table("file"), reader.table("values")
    _check_file(reader, file)
    is_fixed = file.get("layout") == "fixed"
    recognise = reader.table("recognise")
    if not recognise.get("starts_with") and not recognise.get("column_names"):
        reader.fault(
            "recognise", "", "must say starts_with or column_names: how a file of this payer is told from others."
        )
    kind_at, kinds = _records(reader, is_fixed)
    columns = _columns(reader, "columns", is_fixed, values)
    reader._check_values("values", "date", {"date": values.get("date", "YYYYMMDD")})
    reader._check_values("values", "sign", {"sign": values.get("sign", "leading")})
    trailer = _columns(
        reader, "trailer", is_fixed, values, may_have={"lines": "int"}, only=("int", "cents", "decimal3")
    )
    if trailer and "trailer" not in kinds:
        reader.fault("records", "trailer", "is missing, and [trailer] is there: say how a trailer begins.")
    codes = _codes(reader, columns)
    leave_out = _leave_out(reader, is_fixed)
    reversal = _reversal(reader, columns)
    if reader.faults:
        raise BadMapping(sorted(reader.faults, key=lambda one: one.line))
    return Mapping(
        name=name,
        title=title,
        is_fixed=is_fixed,
        delimiter="" if is_fixed else file.get("delimiter", ","),
        is_quoted=file.get("quoted", False),
        has_column_names=file.get("column_names", False),
        encoding=file.get("encoding", "utf-8"),
        recognise=recognise,
        kind_at=kind_at,
        kinds=kinds,
        trailer=trailer,
        columns=columns,
        codes=codes,
        leave_out=leave_out,
        acts_on=reversal.get("acts_on", "same_id"),
        negative_reverses=reversal.get("negative", False),
    )


def _check_file(reader, file):
    layout = file.get("layout")
    if layout not in ("delimited", "fixed"):
        reader.fault("file", "layout", "must be delimited or fixed.")
    delimiter = file.get("delimiter", ",")
    if layout == "delimited" and (len(delimiter) != 1 or delimiter in '\r\n"' or not delimiter.isascii()):
        reader.fault("file", "delimiter", "must be one character.")
    if layout == "fixed" and {"delimiter", "quoted", "column_names"} & set(file):
        reader.fault("file", "layout", "is fixed: delimiter, quoted and column_names are for delimited files.")
    if file.get("encoding", "utf-8") not in ("utf-8", "latin-1"):
        reader.fault("file", "encoding", "must be utf-8 or latin-1.")


def _records(reader, is_fixed):
    told = reader.table("records")
    if not told:
        return None, {}
    kinds = {name: told[name] for name in ("header", "detail", "trailer") if told.get(name)}
    if "detail" not in kinds:
        reader.fault("records", "detail", "is missing: say how a line with a claim begins.")
    if len(set(kinds.values())) < len(kinds):
        reader.fault("records", "detail", "is the same as another kind of line.")
    place = {key: value for key, value in told.items() if key in ("column", "at", "width")}
    if isinstance(place.get("column"), str):
        reader.fault("records", "column", "must be a number: not every line has the columns of a detail.")
    return reader.place("records", "column", place, is_fixed=is_fixed), kinds


def _columns(reader, table, is_fixed, values, *, may_have=None, only=()):
    told = reader.told.get(table, {})
    if not isinstance(told, dict):
        reader.fault("", table, f"must be a table: [{table}].")
        return {}
    types = may_have | {k: v for k, v in FIELDS.items() if v in only} if only else FIELDS
    found = {}
    for key, place in told.items():
        if key not in types:
            reader.fault(table, key, f"is no field. Fields: {', '.join(types)}.")
        elif (
            read := reader.place(table, key, place, is_fixed=is_fixed, may_be_constant=table == "columns")
        ) is not None:
            found[key] = _completed(read, types[key], values)
            if read.value is not None and (wrong := _wrong_constant(key, read.value)):
                reader.fault(table, key, wrong)
    if table == "columns":
        for key in NEEDED:
            if key not in told:
                reader.fault("columns", key, "is missing, and is needed.")
    return found


def _completed(place, type_, values):
    """A place with what [values] says for its type."""
    decimals = {"cents": "amount_decimals", "decimal3": "quantity_decimals"}.get(type_)
    told = place.decimals if place.decimals is not None else values.get(decimals) if decimals else None
    date, sign = place.date or values.get("date", "YYYYMMDD"), place.sign or values.get("sign", "leading")
    return Place(place.column, place.at, place.width, place.value, date, told, sign)


def _codes(reader, columns):
    told = reader.told.get("codes", {})
    found = {}
    for key, codes in told.items() if isinstance(told, dict) else ():
        table = f"codes.{key}"
        if key not in columns:
            reader.fault(table, "", "is about a field that [columns] does not name.")
        elif not isinstance(codes, dict) or not codes:
            reader.fault(table, "", "must be a table of codes.")
        else:
            for code, value in codes.items():
                if problem := _wrong_code(key, value):
                    reader.fault(table, code, problem)
            found[key] = codes
    for key in MUST_BE_CODED:
        if key in columns and columns[key].value is None and key not in found:
            reader.fault("columns", key, f"needs a table [codes.{key}] that says what the payer's codes mean.")
    return found


def _wrong_constant(key, value):
    if FIELDS[key] not in ("text", "bool"):
        return "has a value that differs from line to line: it needs a place."
    return _wrong_code(key, value)


def _wrong_code(key, value):
    if key in CODED and value not in CODED[key]:
        return f"must become one of {', '.join(filter(None, CODED[key]))}."
    if FIELDS[key] == "bool" and not isinstance(value, bool):
        return "must become true or false."
    if FIELDS[key] not in ("bool", "text"):
        return "belongs to a field that has no codes."
    if FIELDS[key] == "text" and not (isinstance(value, str) and TEXT.fullmatch(value)):
        return "must become a text of at most 60 printable characters."
    return ""


def _leave_out(reader, is_fixed):
    told = reader.table("leave_out")
    if not told:
        return ()
    if not told.get("values"):
        reader.fault("leave_out", "values", "is missing: say which values mean that a line is no claim.")
    place = {key: value for key, value in told.items() if key != "values"}
    return reader.place("leave_out", "column", place, is_fixed=is_fixed), frozenset(told.get("values", ()))


def _reversal(reader, columns):
    told = reader.table("reversal")
    acts_on = told.get("acts_on", "same_id")
    if acts_on not in ACTS_ON:
        reader.fault("reversal", "acts_on", f"must be one of {', '.join(ACTS_ON)}.")
        return told
    lacking = [name for name in ACTS_ON[acts_on] if name not in columns]
    if lacking and acts_on != "same_id":
        reader.fault("reversal", "acts_on", f"needs {', '.join(lacking)} in [columns].")
    if "transaction" not in columns and not told.get("negative"):
        reader.fault(
            "reversal", "negative", "must be true, or [columns] must have transaction: else nothing says a reversal."
        )
    return told
