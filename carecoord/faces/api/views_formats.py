"""What may be sent, and how. Open to everybody: a payer's engineer reads it before there is a client; nothing of it is PHI."""

from django.http import Http404
from django.urls import reverse
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from patients.claims import documentation

from .answers import tagged


class Formats(APIView):
    """The formats in short, the codes that rejects and refusals carry, and what is only counted."""

    permission_classes = [AllowAny]

    def get(self, request):
        formats = [documentation.summary(one) | _links(request, one) for one in documentation.all_formats()]
        told = {"formats": formats, "faults": documentation.faults(), "notes": documentation.notes()}
        return tagged(request, told)


class OneFormat(APIView):
    """Every field of a format: name, meaning, type, required, example, the faults it can raise; and an example of each kind."""

    permission_classes = [AllowAny]

    def get(self, request, code):
        format_ = documentation.format_named(code)
        if format_ is None:
            raise Http404
        return tagged(request, documentation.whole(format_) | _links(request, format_))


def _links(request, format_):
    """The address of the whole description, and of its page for people."""
    return {
        "href": request.build_absolute_uri(reverse("api:format", args=[format_.code])),
        "page": request.build_absolute_uri(reverse("feed_format", args=[format_.code])),
    }
