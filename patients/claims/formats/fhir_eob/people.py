"""Who a resource is about, and who gave care: one rule for ids, whatever the resource, the order and the file.

A member's id is the id part of the reference to the Patient (`Patient/567834`, `https://server/fhir/Patient/567834`,
`urn:uuid:...`), so that claims, coverage and patients of one source agree without having been seen together. The Patient's
own row says which other ids mean the same person: his Medicare id (MBI), else his member id (type MB), else the payer's
unique member id (type um) is `person_id`. A Patient that a Bundle addresses by a urn of another id has a row for that, too.
"""

from ...fields import ID, SHORT
from .element import tail

NPI_SYSTEMS = frozenset({"us-npi", "npi", "2.16.840.1.113883.4.6", "carr_clm_blg_npi_num", "org_npi_num"})
MBI_SYSTEMS = frozenset({"us-mbi", "us-medicare", "2.16.840.1.113883.4.927"})
MEMBER_TYPES = ("mb", "um")


TYPES = frozenset(
    ["Claim", "Coverage", "Encounter", "ExplanationOfBenefit", "Group", "Location", "MedicationRequest", "Organization"]
    + ["Patient", "Practitioner", "PractitionerRole", "RelatedPerson"]
)
"""No id is the name of a type: all who lack one would be one person."""


def target_of(reference):
    """(type, id): ("Patient", "1") of `Patient/1`, `https://server/Patient/1/_history/2`, `Patient?identifier=system|1`; the type
    is '' where none is told, as in `urn:uuid:1`, and the id where nothing stands behind the type, as in `Patient/`."""
    head, _, query = reference.partition("?")
    if query:
        return head.rpartition("/")[2], query.rpartition("|")[2].rpartition("=")[2]
    way, _, last = reference.partition("/_history/")[0].rstrip("/").rpartition("/")
    if last in TYPES:
        return last, ""
    return way.rpartition("/")[2], last.rpartition(":")[2]


def id_part(reference):
    return target_of(reference)[1]


def types_of(identifier):
    return {code.casefold() for _, code in identifier.codings("type")}


def is_npi_kept(identifier):
    return tail(identifier.string("system")) in NPI_SYSTEMS or "npi" in types_of(identifier)


def member_of(resource, name):
    """(member id, person id) of the patient whom the element `name` refers to. Missing or another's: a fault."""
    reference = resource.part(name)
    target = reference.string("reference")
    if target.startswith("#"):
        patient = resource.contained(target)
        person_id = person_of(patient)
        member_id = person_id or reference.part("identifier").read("value", ID)
    else:
        kind, told = target_of(target)
        if kind not in ("Patient", ""):
            resource.fault(f"{name}.reference", "not_a_patient", "refers to something else than a Patient.")
        member_id = reference.checked("reference", told, ID)
        person_id = ""
        if not member_id:
            member_id = reference.part("identifier").read("value", ID)
    if not member_id:
        resource.fault(name, "missing", "names no patient, and must.")
    return member_id, person_id


def person_of(patient):
    """The id by which others than this server know the person; '' when there is none."""
    medicare, by_type = [], {}
    for identifier in patient.many("identifier"):
        types = types_of(identifier)
        if tail(identifier.string("system")) in MBI_SYSTEMS:
            medicare.append((not _is_current(identifier), identifier))
        for type_ in types.intersection(MEMBER_TYPES):
            by_type.setdefault(type_, identifier)
    found = [identifier for _, identifier in sorted(medicare, key=lambda each: each[0])]
    found += [by_type[type_] for type_ in MEMBER_TYPES if type_ in by_type]
    return next(filter(None, (identifier.read("value", ID) for identifier in found)), "")


def _is_current(identifier):
    """Blue Button marks former Medicare ids as historic; elsewhere their use is old or their period has ended."""
    if identifier.string("use") == "old" or "end" in identifier.part("period").data:
        return False
    for coding in identifier.part("type").many("coding"):
        mark = coding.extensions().get("identifier-currency")
        if mark is not None and mark.part("valueCoding").string("code") == "historic":
            return False
    return True


def provider_of(resource, reference, *, kind="npi"):
    """The id of a provider: NPI of the reference, of what it contains, else any id, else the id part of the reference.

    `kind` "prn": the provider's number before the NPI, as facilities are known by.
    """
    identifier = reference.part("identifier")
    target = reference.string("reference")
    if kind == "npi" and identifier.data.get("value") is not None:
        return identifier.read("value", SHORT)
    if target.startswith("#"):
        found = resource.contained(target).many("identifier")
        first = [one for one in found if is_npi_kept(one) == (kind == "npi")]
        for one in first or (found if kind == "npi" else ()):
            if value := one.read("value", SHORT):
                return value
        return ""
    if kind == "npi":
        return reference.checked("reference", id_part(target), SHORT)
    return "" if is_npi_kept(identifier) else identifier.read("value", SHORT)
