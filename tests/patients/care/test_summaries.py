"""Every protocol says what its visit came to, from a draft on: the chart asks each of them."""

import pytest

from patients.care import protocols


@pytest.mark.parametrize("protocol", protocols.every().values(), ids=lambda each: each.code)
def test_a_draft_has_a_summary(protocol):
    assert isinstance(protocol.summary({}, {}), str)
