"""What shapes are made of: JSON Schema with a description for everything."""

A_DAY = "2026-11-26T10:00:00Z"
AN_ID = "7a1f6c0e-52c1-4f0a-9d6d-0b8a8a5f9f10"


def an_object(means, /, *, optional=(), **properties):
    needed = [name for name in properties if name not in optional]
    return {"type": "object", "description": means, "required": needed, "properties": properties}


def a_text(means, **more):
    return {"type": "string", "description": means, **more}


def a_number(means, **more):
    return {"type": "integer", "minimum": 0, "description": means, **more}


def one_of(named):
    return [code for code, _ in named.choices]


def ref(shape):
    return {"$ref": f"#/components/schemas/{shape}"}


def a_list(items, means=""):
    return {"type": "array", "items": items, **({"description": means} if means else {})}


def a_page(of):
    return an_object(
        "A page of a list.",
        results=a_list(ref(of)),
        next={"type": ["string", "null"], "description": "`cursor` of the next page; null on the last."},
    )
