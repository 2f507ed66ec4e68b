"""Adding an edit is one file and one test; what a file must say is checked here."""

from importlib import import_module
from pathlib import Path

from pharmacies.billing import edits
from pharmacies.billing.edit import ClaimFacts
from pharmacies.billing.snapshot import Documentation
from tests.factories.snapshots import snapshot_of


def test_every_file_is_an_edit_with_its_own_code_source_and_test():
    files = {path.stem for path in Path(edits.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(edits.EDITS) == {edit.code for edit in edits.EDITS.values()}
    for code, edit in edits.EDITS.items():
        assert edit is import_module(f"pharmacies.billing.edits.{code}").EDIT
        assert edit.source and edit.reviewed_on < edit.review_due
        assert (Path(__file__).parent / f"test_{code}.py").exists()


def test_all_edits_are_asked_and_every_fault_is_told_at_once():
    broken = snapshot_of(coverage=None, documentation=Documentation(completed=False, minutes=15))
    failed = {f.edit.code for f in edits.run(ClaimFacts(snapshot=broken, without_fee=("99606",))) if not f.passed}
    assert failed == {"eligible_on_the_day", "documentation_complete", "fee_in_force"}
