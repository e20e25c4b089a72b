"""Every difference in docs/compatibility.md exists, and the page is current."""

from __future__ import annotations

import pytest

from conformance.differences import DIFFERENCES, DOCUMENT, Difference, document


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.input)
def test_botocore_and_this_client_behave_as_documented(difference: Difference) -> None:
    theirs, ours = difference.run()
    assert (theirs, ours) == difference.expected
    assert theirs != ours


def test_the_page_is_current() -> None:
    hint = "run PYTHONPATH=tests python tests/conformance/differences.py"
    assert DOCUMENT.read_text(encoding="utf-8") == document(), hint
