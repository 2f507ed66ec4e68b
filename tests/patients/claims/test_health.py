"""Feeds sorted by worry: late ones, refused files, many rejects, lines that wait for too long."""

from datetime import UTC, date, datetime, timedelta

import pytest

from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from patients.claims import health
from patients.claims.models import Delivery

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


@pytest.fixture
def came(payer, as_owner):
    def came(*days_ago, **fields):
        words = {"payer": payer, "format": "tuva_csv", "stored_as": "x", "sha256": "0" * 64, "size_bytes": 1}
        counted = {"state": "loaded", "lines": 100, "loaded": 100} | fields
        counted["loaded"] = counted["lines"] - sum(counted.get(n, 0) for n in ("rejected", "waiting", "conflicting"))
        with as_owner():
            for days in days_ago:
                at = datetime(2026, 11, 26, 3, tzinfo=UTC) - timedelta(days=days)
                Delivery.objects.create(received_at=at, **words | counted)

    return came


def feeds(payer):
    with context.acting_as(context.worker_for(payer.pk)):
        return health.feeds(visible_to=context.current_scope(), today=TODAY)


def test_a_feed_that_comes_as_ever_is_well(payer, came):
    came(21, 14, 14, 7, 0)
    (feed,) = feeds(payer)
    assert (feed.worry, feed.says, feed.rhythm_days, feed.quiet_days) == (0, (), 7, 0)


@pytest.mark.parametrize(("quiet", "is_late"), [(10, False), (11, True)])
def test_a_weekly_feed_is_late_after_ten_days_and_a_half(payer, came, quiet, is_late):
    came(*(quiet + days for days in (21, 14, 7, 0)))
    (feed,) = feeds(payer)
    assert feed.is_late is is_late
    assert feed.says == ((f"Nothing came for {quiet} days; usual are 7.",) if is_late else ())


@pytest.mark.parametrize(("quiet", "is_late"), [(3, False), (4, True)])
def test_a_daily_feed_may_miss_a_weekend(payer, came, quiet, is_late):
    came(*(quiet + days for days in range(5)))
    assert feeds(payer)[0].is_late is is_late


def test_two_days_are_no_rhythm(payer, came):
    came(300, 200)
    assert (feeds(payer)[0].rhythm_days, feeds(payer)[0].worry) == (None, 0)


@pytest.mark.parametrize(
    ("fields", "worry", "says"),
    [
        ({"state": "refused", "lines": 0}, 2, "The last file was refused."),
        ({"state": "failed", "lines": 0}, 2, "The last file was not loaded."),
        ({"rejected": 5}, 1, "5.0% of the lines cannot be read."),
        ({"conflicting": 1}, 1, "1.0% of the lines are in conflict."),
        ({"rejected": 4}, 0, None),
    ],
)
def test_what_is_wrong_is_said(payer, came, fields, worry, says):
    came(0, **fields)
    (feed,) = feeds(payer)
    assert (feed.worry, feed.says) == (worry, (says,) if says else ())


def test_lines_that_wait_too_long_and_how_long_is_a_parameter(payer, came, as_owner):
    came(15, waiting=3), came(14, waiting=4)
    assert feeds(payer)[0].says == ("3 lines wait for a member for too long.",)
    with as_owner():
        ParameterValue.objects.create(code="claims.waiting_days", value=13, since=TODAY, reason="Monthly files")
    assert feeds(payer)[0].waiting == 7


def test_the_worst_comes_first_and_each_format_is_a_feed(payer, came):
    came(0), came(0, format="cms_rif", rejected=50), came(0, format="fhir", state="refused", lines=0)
    assert [(feed.format, feed.worry) for feed in feeds(payer)] == [("fhir", 2), ("cms_rif", 1), ("tuva_csv", 0)]


def test_an_earlier_refusal_is_said_of_the_last_ten_only(payer, came):
    came(30, state="refused", lines=0), came(*range(9))
    assert feeds(payer)[0].says == ("1 of the files before it was refused or not loaded.",)
    came(0)
    assert feeds(payer)[0].says == ()
