"""What the report of a mixture says of its weight."""

from types import SimpleNamespace

import pandas as pd

from seqpipe.evaluation.report.section import Text
from seqpipe.fusion.report import weights_section


def test_it_says_by_what_val_was_answered():
    given = SimpleNamespace(
        result=SimpleNamespace(fit={"trials": 11}), mixtures=pd.DataFrame(), figures={"weights": b""}
    )
    said = " ".join(str(part.content) for part in weights_section(given).parts if isinstance(part, Text))
    assert "of 11 weights w of the first, val chose" in said
    assert "answer it by one of them, where the test has the mean of all" in said
    assert "probabilities of an SVM were made to fit val itself" in said
