"""A table as a CSV file. No cell is a formula to a spreadsheet."""

import csv
import io

from django.http import HttpResponse

from patients.measures.queries import harmless


def sheet(name, columns, rows):
    """`columns` are the headings, `rows` sequences of values; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless("" if cell is None else str(cell)) for cell in row] for row in rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
