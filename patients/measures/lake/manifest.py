"""The lake: facts and reference as Parquet files, for engines that are not PostgreSQL. It holds patient data.

    DIR/manifest.json                                        what is valid; replaced whole, after all that it names is on disk
    DIR/reference/drugs_drugsetmember-7.parquet
    DIR/payer=3/bucket=12/claims_fill-7.parquet              patients 600000 .. 649999, in order of patient and day

A file's number is the export that wrote it. Readers go by the manifest alone, so an export that dies leaves the old state.
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.apps import apps

from patients.claims.models import (
    Diagnosis,
    DoseGiven,
    Fill,
    Immunization,
    Observation,
    Reading,
    Service,
    ServiceGiven,
    Stay,
)
from patients.models import Coverage, Patient

LAYOUT = 2
"""Raised when files of an older export cannot be read together with those of a newer."""
BUCKET_IDS = 50_000
MANIFEST = "manifest.json"
PERSON = ("id", "sex", "born_on", "died_on")
"""Of a patient; names and addresses stay where they are."""
OF_MEMBERS = {
    model: ("patient_id", "day", "event_id") for model in (Fill, Diagnosis, Service, Observation, Immunization)
} | {
    Stay: ("patient_id", "from_day", "event_id"),
    Coverage: ("patient_id", "starts_on", "id"),
    Reading: ("patient_id", "measured_on", "id"),
    ServiceGiven: ("patient_id", "given_on", "id"),
    DoseGiven: ("patient_id", "given_on", "id"),
}
"""Model -> the columns that its rows are in order of."""
COLUMNS = {
    Reading: ("payer_id", "patient_id", "measured_on", "code", "value", "unit", "number"),
    ServiceGiven: ("payer_id", "patient_id", "protocol", "given_on"),
    DoseGiven: ("payer_id", "patient_id", "given_on", "cvx"),
}
"""Of what pharmacies gave, no more than measures read; of the other models, all columns."""
PEOPLE = Patient._meta.db_table


class NoLake(Exception):
    """There is no lake, or not this payer's, in that folder; the text says what to do."""


@dataclass
class Bucket:
    """files: table -> path below the folder. seen: table -> [rows, sum of days], as PostgreSQL had them at the export."""

    files: dict[str, str]
    rows: dict[str, int]
    seen: dict[str, list[int]]


@dataclass
class Manifest:
    """What the lake holds. payers: id as text -> bucket number as text -> Bucket; exported: id -> when, ISO 8601 UTC."""

    layout: int = LAYOUT
    version: int = 0
    reference: dict[str, str] = field(default_factory=dict)
    reference_seen: dict[str, list] = field(default_factory=dict)
    payers: dict[str, dict[str, Bucket]] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)

    def files(self, folder: Path, payer_id: int, buckets: list[str]) -> dict[str, list[str]]:
        """Table -> absolute paths, for some of a payer's buckets and the reference."""
        found = {table: [str(folder / path)] for table, path in self.reference.items()}
        for number in buckets:
            for table, path in self.payers[str(payer_id)][number].files.items():
                found.setdefault(table, []).append(str(folder / path))
        return found

    def named(self) -> set[str]:
        """Every file that is valid, as a path below the folder."""
        of_buckets = (
            path for buckets in self.payers.values() for one in buckets.values() for path in one.files.values()
        )
        return {*self.reference.values(), *of_buckets}


def read(folder: Path) -> Manifest:
    """The manifest; an empty one where nothing was exported yet. Raises NoLake for one of another layout."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Manifest()
    if told["layout"] != LAYOUT:
        raise NoLake(f"{folder} has layout {told['layout']}, not {LAYOUT}: export into an empty folder.")
    payers = {
        payer: {number: Bucket(**one) for number, one in buckets.items()}
        for payer, buckets in told.pop("payers").items()
    }
    return Manifest(**told, payers=payers)


def replace(folder: Path, manifest: Manifest) -> None:
    """Makes the manifest the valid one, at once and for good."""
    made = folder / f"{MANIFEST}.part"
    with made.open("w", encoding="utf-8") as out:
        json.dump(asdict(manifest), out, indent=1, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    made.replace(folder / MANIFEST)
    sync(folder)


def forget_others(folder: Path, manifest: Manifest) -> int:
    """Removes Parquet files that the manifest does not name: of older exports, and of one that died. Returns how many."""
    named, gone = manifest.named(), 0
    for path in folder.rglob("*.parquet*"):
        if str(path.relative_to(folder)) not in named:
            path.unlink()
            gone += 1
    return gone


def sync(folder: Path) -> None:
    """What was renamed or made in the folder is on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reference_tables() -> list:
    """Models of the drug reference: drug sets, packages, doses."""
    return sorted(apps.get_app_config("drugs").get_models(), key=lambda model: model._meta.db_table)
