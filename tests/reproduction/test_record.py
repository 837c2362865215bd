"""The record of a run is read as it was written, and digests tell what has changed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reproduction.records import RECORD

from seqpipe.core.errors import UserError
from seqpipe.reproduction.record import (
    code_digest,
    installed_packages,
    listened_variables,
    path_digest,
    read_record,
    requirements_text,
    weights_named,
)


def test_a_record_is_read_as_it_was_written(tmp_path):
    record = replace(RECORD, nodes=("svm.train", "svm.predict"), begins_with={"dataset": {"path": "d", "digest": "1"}})
    record.write(tmp_path)
    assert read_record(tmp_path) == record


def test_a_run_without_a_record_is_told(tmp_path):
    with pytest.raises(UserError, match="no record of what decided it"):
        read_record(tmp_path)
    RECORD.write(tmp_path)
    told = (tmp_path / "record.json").read_text().replace('"version": 1', '"version": 99')
    (tmp_path / "record.json").write_text(told)
    with pytest.raises(UserError, match="another version"):
        read_record(tmp_path)


def test_requirements_are_those_that_another_index_has():
    text = requirements_text({"torch": "2.14.1+cu130", "numpy": "2.4.6", "python": "3.11.7", "seqpipe": "0.2.0"})
    assert text == "# python 3.11.7\n# seqpipe 0.2.0\nnumpy==2.4.6\ntorch==2.14.1\n"


def test_every_installed_package_is_told():
    assert {"python", "numpy", "torch", "mlflow", "scikit-learn", "pytest"} <= set(installed_packages())


def test_of_the_variables_those_are_told_that_libraries_listen_to():
    told = listened_variables({"OMP_NUM_THREADS": "2", "HOME": "/home", "ONEDNN_MAX_CPU_ISA": "AVX2", "TOKEN": "x"})
    assert told == {"OMP_NUM_THREADS": "2", "ONEDNN_MAX_CPU_ISA": "AVX2"}


@given(st.dictionaries(st.sampled_from(["a", "b", "c/d"]), st.binary(max_size=20), min_size=1))
def test_a_folder_is_known_by_its_files_and_their_names(tmp_path_factory, files):
    def written(contents):
        folder = tmp_path_factory.mktemp("folder")
        for name, content in contents.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        return path_digest(folder)

    assert written(files) == written(files)
    name = sorted(files)[0]
    assert written(files) != written({**files, name: files[name] + b"!"})
    assert written(files) != written({("e" if k == name else k): v for k, v in files.items()})


def test_what_is_not_there_has_no_digest(tmp_path):
    assert path_digest(tmp_path / "none") == ""


def test_code_is_known_by_its_files(tmp_path):
    (tmp_path / "a.py").write_text("a = 1")
    first = code_digest(tmp_path)
    code_digest.cache_clear()
    (tmp_path / "notes.txt").write_text("no code")
    assert code_digest(tmp_path) == first
    code_digest.cache_clear()
    (tmp_path / "a.py").write_text("a = 2")
    assert code_digest(tmp_path) != first


def test_files_of_weights_are_told_and_names_of_weights_are_not(tmp_path):
    (tmp_path / "w.pth").write_bytes(b"weights")
    parameters = {"backbone": {"weights": "w.pth"}, "transfer": {"backbones": [{"weights": "DEFAULT"}]}}
    assert weights_named(parameters, tmp_path) == {"w.pth": path_digest(tmp_path / "w.pth")}
