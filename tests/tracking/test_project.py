"""Which folders a project may lie in."""

from pathlib import Path

import pytest

from seqpipe.core.errors import UserError
from seqpipe.tracking.project import check_path


@pytest.mark.parametrize("name", ["x{y}", "copy [1]", "a*b", "two\nlines"])
def test_a_sign_of_patterns_in_the_path_is_refused(name):
    with pytest.raises(UserError, match="rename that folder"):
        check_path(Path("/projects") / name / "inner")


@pytest.mark.parametrize(
    "name", ["my proj #1 100%?x", "a%20b", "John's", 'q"uote', "ümlaut 日本", "copy (1)", "a;b=c&d"]
)
def test_any_other_sign_is_taken(name):
    check_path(Path("/projects") / name)
