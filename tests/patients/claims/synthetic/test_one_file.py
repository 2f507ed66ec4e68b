"""Files for trying: as many lines as asked, the same for the same seed, read without a reject or with those that were told."""

import io
import json
from datetime import date
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command

from patients.claims.formats import Bad, Good, open_feed
from patients.claims.synthetic import one_file, writers
from tests.patients.claims.feeds import load

AS_OF = date(2026, 11, 21)
OTHERS = [(format, kind) for format in writers.WRITERS for kind in writers.kinds_of(format, one_file.KINDS)]


def written(**changes):
    out = io.StringIO()
    asked = {"kind": "pharmacy_claim", "count": 300, "seed": 7, "as_of": AS_OF} | changes
    return one_file.write(out, **asked), out.getvalue()


def read(text):
    feed = open_feed("tuva_csv", BytesIO(text.encode()), today=AS_OF)
    return feed, list(feed)


@pytest.mark.parametrize("kind", one_file.KINDS)
def test_a_file_has_the_lines_that_were_asked_for_and_all_are_read(kind):
    broken, text = written(kind=kind, count=150)
    feed, outcomes = read(text)
    assert broken == []
    assert (feed.shape, feed.records, feed.rejected, len(outcomes)) == (kind, 150, 0, 150)


@pytest.mark.parametrize("kind", one_file.KINDS)
def test_each_line_that_was_broken_is_rejected_and_no_other(kind):
    broken, text = written(kind=kind, count=400, with_faults=True)
    _, outcomes = read(text)
    bad = {one.number: {each.field for each in one.problems} for one in outcomes if isinstance(one, Bad)}
    assert {one.line for one in broken} == set(bad)
    assert 5 <= len(broken) <= 60
    for one in broken:
        assert not one.field or bad[one.line] & {one.field, "person_id", "member_id"}


def test_the_same_seed_gives_the_same_file_and_another_one_another():
    assert written()[1] == written()[1] != written(seed=8)[1]


def test_people_of_a_seed_are_the_same_in_every_kind():
    people = {line.split(",")[0] for line in written(kind="eligibility", count=800)[1].splitlines()[1:]}
    fills = {line.split(",")[3] for line in written()[1].splitlines()[1:]}
    assert fills and fills <= people


@pytest.mark.parametrize(("format", "kind"), OTHERS)
def test_other_formats_are_read_without_a_reject(format, kind):
    _, text = written(format=format, kind=kind, count=120)
    feed = open_feed(format, BytesIO(text.encode()), today=AS_OF)
    outcomes = list(feed)
    assert len(outcomes) == feed.records >= 120 and not any(isinstance(one, Bad) for one in outcomes)


@pytest.mark.parametrize(("format", "kind"), OTHERS)
def test_each_record_that_was_broken_in_another_format_is_rejected_and_no_other(format, kind):
    broken, text = written(format=format, kind=kind, count=200, with_faults=True, per_mille=80)
    feed = open_feed(format, BytesIO(text.encode()), today=AS_OF)
    bad = [one.number for one in feed if isinstance(one, Bad)]
    assert [one.line for one in broken] == bad
    assert {one.fault for one in broken} == {"bad_date", "missing_member"} and 4 <= len(broken) <= 30


@pytest.mark.django_db
@pytest.mark.parametrize(("format", "kind"), OTHERS)
def test_other_formats_load_for_the_people_of_the_seed(format, kind, payer):
    spans = written(format="x12_834", kind="eligibility", count=200)[1]
    assert load(payer, spans.encode(), format="x12_834").rejected == 0
    loaded = load(payer, written(format=format, kind=kind, count=60)[1].encode(), format=format)
    assert (loaded.state, loaded.rejected, loaded.conflicting) == ("loaded", 0, 0)
    assert loaded.loaded + loaded.repeated > loaded.lines * 0.8


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "papyrus"},
        {"count": 0},
        {"count": 10**9},
        {"seed": -1},
        {"format": "papyrus"},
        {"format": "x12_834"},
    ],
)
def test_what_cannot_be_written_is_told(changes):
    with pytest.raises(ValueError, match=r"\.$"):
        written(**changes)


def test_the_command_writes_a_file_and_tells_which_lines_it_broke(tmp_path):
    told = io.StringIO()
    path = tmp_path / "fills.csv"
    call_command(
        "sandbox_feed", "--lines=200", "--seed=3", "--faults", "--as-of=2026-11-21", f"--out={path}", stdout=told
    )
    summary = json.loads(told.getvalue())
    _, outcomes = read(path.read_text())
    assert {one["line"] for one in summary["broken"]} == {one.number for one in outcomes if not isinstance(one, Good)}
    assert len(outcomes) == 200


def test_the_command_writes_to_standard_output_too():
    out, told = io.StringIO(), io.StringIO()
    call_command("sandbox_feed", "--kind=eligibility", "--lines=5", stdout=out, stderr=told)
    assert out.getvalue().count("\n") == 6 and json.loads(told.getvalue())["broken"] == []
    with pytest.raises(CommandError, match="number of lines"):
        call_command("sandbox_feed", "--lines=0", stdout=out, stderr=told)
