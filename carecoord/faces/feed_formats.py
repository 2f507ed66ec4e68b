"""Pages for a payer's engineer: which files can be sent, what stands in them, and what each fault means."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.claims import documentation

from .components.tables import Column, headings
from .guard import open_to_all

FIELDS = (Column("Field"), Column("Meaning"), Column("Type"), Column("Needed"), Column("Example"), Column("Faults"))
FAULTS = (Column("Code"), Column("What is wrong"), Column("What to do"))
NOTES = (Column("Code"), Column("What is counted"))
WHY = "Engineers read it before they have an account; it describes files and shows invented people."


@require_safe
@open_to_all(WHY)
def formats(request):
    faults = documentation.faults()
    return render(
        request,
        "formats/index.html",
        {
            "formats": documentation.all_formats(),
            "faults": [
                ("Rejects of a record", [one for one in faults if one["of"] == "record"]),
                ("Refusals of a file", [one for one in faults if one["of"] == "file"]),
            ],
            "notes": documentation.notes(),
            "fault_columns": headings(FAULTS, query=request.GET),
            "note_columns": headings(NOTES, query=request.GET),
        },
    )


@require_safe
@open_to_all(WHY)
def one_format(request, code):
    format_ = documentation.format_named(code)
    if format_ is None:
        raise Http404
    context = {"format": format_, "kinds": documentation.kinds(format_)}
    return render(request, "formats/format.html", context | {"columns": headings(FIELDS, query=request.GET)})
