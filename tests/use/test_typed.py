"""Typed texts lie in files only while they are asked about."""

from pathlib import Path

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.medium import FileTypes
from seqpipe.use.typed import files_of_texts

TEXTS, SOUNDS = FileTypes({".txt": "text"}, "texts"), FileTypes({".wav": "sound"}, "recordings")


def test_each_text_is_a_file_by_itself_and_gone_afterwards():
    with files_of_texts(["straße\n", "straße\n"], TEXTS) as typed:
        assert [Path(path).read_text(encoding="utf-8") for path in typed] == ["straße\n"] * 2
        assert list(typed.values()) == ["straße\n"] * 2
    assert not any(Path(path).exists() for path in typed)


def test_they_are_answered_in_their_order():
    with files_of_texts([str(n) for n in range(12)], TEXTS) as typed:
        assert [typed[path] for path in sorted(typed)] == [str(n) for n in range(12)]


@pytest.mark.parametrize(("files", "reads"), [(None, "videos and images"), (SOUNDS, "recordings")])
def test_a_model_of_other_samples_refuses_them(files, reads):
    with pytest.raises(UserError, match=f"this model reads {reads}"), files_of_texts(["a"], files):
        pass
    with files_of_texts([], files) as typed:
        assert typed == {}
