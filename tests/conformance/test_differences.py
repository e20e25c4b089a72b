"""Every difference that docs/compatibility.md lists is there, and the page is current."""

from __future__ import annotations

import pytest
from conformance.differences import DIFFERENCES, DOCUMENT, Difference, document


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.given)
def test_both_do_what_the_page_says(difference: Difference) -> None:
    theirs, ours = difference.run()
    assert (theirs, ours) == difference.expected
    assert theirs != ours


def test_the_page_is_current() -> None:
    hint = "run PYTHONPATH=tests python tests/generated/differences.py"
    assert DOCUMENT.read_text(encoding="utf-8") == document(), hint
