"""The Python client's shapes and operations, written out of the document alone."""

import re
import textwrap

MADE = '"""{means} Made by `manage.py write_client` out of the OpenAPI document: change that, not this."""\n\n'
SIMPLE = {"string": "str", "integer": "int", "boolean": "bool", "object": "dict[str, Any]"}
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")
APART = ("formats", "patients", "webhooks")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
ANY_BYTES = "application/octet-stream"


def shapes(told):
    """{module: its text} with a dataclass for each shape: those of formats, patients or webhooks alone have modules of their own."""
    made, schemas = {}, told["components"]["schemas"]
    for name, home in _homes(told).items():
        made.setdefault(home, []).append(_shape(name, schemas[name]))
    return {home: _head_of_shapes("".join(parts)) + "\n\n".join(parts) + "\n" for home, parts in made.items()}


def _head_of_shapes(code):
    imports = {"dataclasses": ["dataclass"], "datetime": ["datetime"], "typing": ["Any", "Literal"]}
    used = {module: [name for name in names if re.search(rf"\b{name}\b", code)] for module, names in imports.items()}
    lines = [f"from {module} import {', '.join(names)}\n" for module, names in used.items() if names]
    return MADE.format(means="What the API sends.") + "".join(lines) + "\n"


def _homes(told):
    """{shape: module}, each behind those that it is made of."""
    schemas = told["components"]["schemas"]
    asked_by = {}
    for path, ways in told["paths"].items():
        first = path.split("/")[1]
        for name in _in_order(schemas, _refs(ways)):
            asked_by.setdefault(name, set()).add(first if first in APART else "")
    named = _in_order(schemas, asked_by)
    return {
        name: f"shapes_{of}" if (of := min(asked_by[name])) and len(asked_by[name]) == 1 else "shapes" for name in named
    }


def operations(told):
    """The module with a method for each operation."""
    methods = [
        _method(method, path, operation) for path, ways in told["paths"].items() for method, operation in ways.items()
    ]
    code = re.sub(r'""".*?"""', "", "".join(methods), flags=re.DOTALL)
    homes = _homes(told)
    head = MADE.format(means="What the API can be asked.") + "import json\nfrom typing import Any, Literal\n\n"
    for home in sorted(set(homes.values())):
        named = sorted(name for name in homes if homes[name] == home and re.search(rf"\b{name}\b", code))
        head += f"from .{home} import {', '.join(named)}\n"
    head += "from .wire import Answer, Body, Stream, Wire\n\n"
    return head + f'class Operations(Wire):\n    """One method for each operation."""\n{"".join(methods)}'


def _refs(part):
    return re.findall(r"#/components/schemas/(\w+)", str(part))


def _in_order(schemas, asked):
    """Names of the shapes that are asked for, each behind those that it is made of."""
    done = []

    def take(name):
        for other in _refs(schemas[name]):
            take(other)
        if name not in done:
            done.append(name)

    for name in schemas:
        if name in asked:
            take(name)
    return done


def _shape(name, schema):
    means = schema["description"]
    if "properties" not in schema:
        return f"{name} = {_type(schema)}\n{_said(means)}\n"
    needed = set(schema["required"])
    lines = [f"@dataclass(frozen=True)\nclass {name}:\n    {_said(means)}\n\n"]
    for member, of in sorted(schema["properties"].items(), key=lambda one: one[0] not in needed):
        kind = _type(of) if member in needed else f"{_optional(_type(of))} = None"
        lines.append(f"    {member}: {kind}\n" + (f"    {_said(of['description'])}\n" if "description" in of else ""))
    return "".join(lines)


def _type(schema):
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        return f"Literal[{', '.join(map(_quoted, schema.get('enum') or [schema['const']]))}]"
    kind = schema["type"]
    if isinstance(kind, list):
        (kind,) = set(kind) - {"null"}
        return _optional(_type(schema | {"type": kind}))
    if schema.get("format") == "date-time":
        return "datetime"
    if kind == "array":
        return f"list[{_type(schema['items'])}]"
    if "additionalProperties" in schema:
        return f"dict[str, {_type(schema['additionalProperties'])}]"
    return SIMPLE[kind]


def _optional(kind):
    return kind if kind.endswith("| None") else f"{kind} | None"


def _method(method, path, operation):
    """One method: slots of the path and the body by place, everything else by name."""
    of = {where: [p for p in operation["parameters"] if p["in"] == where] for where in ("path", "query", "header")}
    sent, body_parts = _body(operation.get("requestBody"))
    placed = [f"{_snake(p['name'])}: {_type(p['schema'])}" for p in of["path"]]
    named = [_parameter(p) for p in sorted(of["query"] + of["header"], key=lambda p: not p["required"])]
    placed += [one for one, is_placed in body_parts if is_placed]
    named += [one for one, is_placed in body_parts if not is_placed]
    answers = {int(status): _answer(one) for status, one in operation["responses"].items() if status.startswith("2")}
    words = {"slots": _filled(of["path"]), "query": _filled(of["query"]), "headers": _filled(of["header"]), **sent}
    asked = "".join(f", {word}={value}" for word, value in words.items() if value)
    asked += ", is_open=True" if operation["security"] == [] else ""
    kinds = " | ".join(sorted(dict.fromkeys(answers.values()), key=lambda kind: kind == "None"))
    table = ", ".join(f"{status}: {kind.partition('[')[0]}" for status, kind in answers.items())
    return (
        f"\n    def {_snake(operation['operationId'])}(self, {', '.join(placed + ['*'] * bool(named) + named)}) -> Answer[{kinds}]:\n"
        f"        {_meant(operation)}\n"
        f'        return self.call("{method.upper()}", "{path}", {{{table}}}{asked})\n'
    )


def _parameter(told):
    kind = _type(told["schema"])
    return (
        f"{_snake(told['name'])}: {kind}" if told["required"] else f"{_snake(told['name'])}: {_optional(kind)} = None"
    )


def _filled(parameters):
    told = ", ".join(f"{_quoted(p['name'])}: {_snake(p['name'])}" for p in parameters)
    return told and f"{{{told}}}"


def _body(told):
    """(words for `call`, [(parameter, whether it is given by place)]) of a request's body."""
    if told is None:
        return {}, []
    if FORM in told["content"]:
        members = told["content"][FORM]["schema"]["properties"]
        form = ", ".join(
            f"{_quoted(n)}: {_quoted(one['const']) if 'const' in one else n}" for n, one in members.items()
        )
        return {"form": f"{{{form}}}"}, [(f"{n}: str", False) for n, one in members.items() if "const" not in one]
    if JSON in told["content"]:
        members = told["content"][JSON]["schema"]["properties"]
        sent = ", ".join(f"{_quoted(name)}: {name}" for name in members)
        words = {"body": f"json.dumps({{{sent}}}).encode()", "media_type": _quoted(JSON)}
        return words, [(f"{name}: {_type(of)}", False) for name, of in members.items()]
    media_types = list(told["content"])
    body = ("body: Body" if told["required"] else 'body: Body = b""', True)
    if len(media_types) == 1:
        return {"body": "body", "media_type": _quoted(media_types[0])}, [body]
    kinds = ", ".join(map(_quoted, media_types))
    choice = (f"media_type: Literal[{kinds}] = {_quoted(ANY_BYTES)}", False)
    return {"body": "body", "media_type": "media_type"}, [body, choice]


def _answer(told):
    """The type of an answer's body; what is no JSON is a stream."""
    for media_type, content in told.get("content", {}).items():
        return _type(content["schema"]) if media_type == "application/json" else "Stream"
    return "None"


def _meant(operation):
    """The summary, and below it what more there is to say."""
    summary, means = operation["summary"], operation["description"]
    if summary == means:
        return _said(f"{summary}.")
    lines = textwrap.wrap(means, 110)
    return textwrap.indent(_said("\n".join([f"{summary}.", "", *lines, ""])), " " * 8).strip()


def _snake(name):
    return WORDS.sub("_", name).lower()


def _quoted(text):
    return f'"{text}"'


def _said(text):
    return f'"""{text}"""'
