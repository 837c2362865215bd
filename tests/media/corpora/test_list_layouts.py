from __future__ import annotations

import logging
from pathlib import Path

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.list_layouts import is_hmdb51_lists, is_ucf101_lists, read_hmdb51_lists, read_ucf101_lists

CLIPS = ["Walk/v_Walk_g01_c01", "Walk/v_Walk_g02_c01", "Run/v_Run_g01_c01", "Run/v_Run_g02_c01"]


@pytest.fixture
def ucf(tmp_path):
    """Makes UCF101's folders and lists: by default two clips on each side."""

    def make(
        train: str = "Walk/v_Walk_g01_c01.avi 1\nRun/v_Run_g01_c01.avi 2\n",
        test: str = "Walk/v_Walk_g02_c01.avi\nRun/v_Run_g02_c01.avi\n",
        ending: str = ".avi",
        names: tuple[str, str] = ("trainlist01.txt", "testlist01.txt"),
        encoding: str = "utf-8",
    ) -> Path:
        for clip in CLIPS:
            file = tmp_path / "videos" / (f"{clip}{ending}" if ending else f"{clip}/0001.jpg")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        (tmp_path / "lists").mkdir()
        for name, text in zip(names, (train, test), strict=True):
            if name:
                (tmp_path / "lists" / name).write_bytes(text.encode(encoding))
        return tmp_path

    return make


def read(root: Path) -> list[tuple]:
    return sorted((row.label, row.split, row.group, row.path.exists()) for row in read_ucf101_lists(root))


EXPECTED = [
    ("Run", "test", "Run_g02", True),
    ("Run", "train", "Run_g01", True),
    ("Walk", "test", "Walk_g02", True),
    ("Walk", "train", "Walk_g01", True),
]


@pytest.mark.parametrize(
    "changed",
    [
        {"train": "Walk\\v_Walk_g01_c01.avi 1\r\nRun\\v_Run_g01_c01.avi 2\r\n"},
        {"encoding": "utf-8-sig"},
        {"encoding": "utf-16"},
        {"train": "Walk/v_Walk_g01_c01.avi;1\nRun/v_Run_g01_c01.avi;2;\n"},
        {"train": '"Walk/v_Walk_g01_c01.avi"\t1\n"Run/v_Run_g01_c01.avi"\t2\n'},
        {"train": "# split 1\n\n./UCF-101/Walk/v_Walk_g01_c01.avi 1\nRun/v_Run_g01_c01.avi 2\n"},
        {"train": "v_Walk_g01_c01.avi 1\nv_Run_g01_c01.avi 2\n"},
        {"train": "D:\\UCF\\Walk\\v_Walk_g01_c01.avi 1\nD:\\UCF\\Run\\v_Run_g01_c01.avi 2\n"},
        {"ending": ".mp4"},
        {"ending": ".AVI"},
        {"ending": ""},
        {"names": ("trainlist.txt", "testlist.txt")},
        {"names": ("TrainList3.txt", "TestList3.txt")},
        {"names": ("train_list_02.csv", "test_list_02.csv")},
    ],
    ids=str,
)
def test_ucf101_lists_written_elsewhere(ucf, changed):
    root = ucf(**changed)
    assert is_ucf101_lists(root)
    assert read(root) == EXPECTED


def test_other_endings_are_told(ucf, caplog):
    read_ucf101_lists(ucf(ending=".mp4"))
    assert "4 listed name(s) are spelled in another way on disk, such as v_Walk_g02_c01.avi" in caplog.text


def test_what_is_in_no_list_is_named_and_what_is_missing_is_listed(ucf, caplog):
    root = ucf(test="Walk/v_Walk_g02_c01.avi\nRun/v_Run_g07_c01.avi\n")
    assert [there for *_, there in read(root)] == [False, True, True, True]
    assert "1 clip(s) are in none of the lists and not used: videos/Run/v_Run_g02_c01.avi" in caplog.text


def test_a_clip_of_another_class_is_not_taken_for_a_missing_one(tmp_path):
    for name in ("videos/a/1.avi", "videos/b/1.avi", "wave_test_split1.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a_test_split1.txt").write_text("1.avi 1\n")
    (tmp_path / "wave_test_split1.txt").write_text("1.avi 1\n")
    assert [row.path for row in read_hmdb51_lists(tmp_path)] == [tmp_path / "videos/a/1.avi", tmp_path / "wave/1.avi"]


def test_a_number_without_training_list_is_passed_over(ucf, caplog):
    root = ucf(names=("trainlist02.txt", "testlist02.txt"))
    (root / "lists/testlist01.txt").write_text("Walk/v_Walk_g01_c01.avi\n")
    assert read(root) == EXPECTED
    assert "there is no trainlist of that number: testlist01.txt" in caplog.text


def test_a_test_list_alone(ucf):
    root = ucf(names=("", "testlist01.txt"))
    assert is_ucf101_lists(root)
    with pytest.raises(UserError, match="no trainlist"):
        read_ucf101_lists(root)


def test_a_training_list_alone_is_told(ucf, caplog):
    assert read(ucf(names=("trainlist01.txt", ""))) == EXPECTED[1::2]
    assert "There is no testlist beside" in caplog.text


def test_a_clip_in_both_lists(ucf):
    with pytest.raises(UserError, match=r"twice in .*, with different words \(split test and train\)"):
        read_ucf101_lists(ucf(test="Walk/v_Walk_g01_c01.avi\n"))


def test_a_clip_that_stands_twice_in_a_list_counts_once(ucf, caplog):
    train = "Walk/v_Walk_g01_c01.avi 1\nWalk\\v_Walk_g01_c01.avi 1\nRun/v_Run_g01_c01.avi 2\n"
    with caplog.at_level(logging.INFO):
        assert read(ucf(train=train)) == EXPECTED
    assert "1 path(s) stand more than once in" in caplog.text


@pytest.mark.parametrize("line", ["{} 1", "{}  2 ", "{}\t1", "{};1", '"{}";1;'])
def test_hmdb51_lists_written_elsewhere(tmp_path, line):
    (tmp_path / "wave").mkdir()
    (tmp_path / "wave/a b.mp4").touch()
    (tmp_path / "Wave_test_split1.TXT").write_bytes(line.format("a b.avi").encode("utf-8-sig"))
    assert is_hmdb51_lists(tmp_path)
    (row,) = read_hmdb51_lists(tmp_path)
    assert (row.path, row.label) == (tmp_path / "wave/a b.mp4", "Wave")


def test_a_line_of_hmdb51_that_says_no_side(tmp_path):
    (tmp_path / "wave_test_split1.txt").write_text("a.avi 3\n")
    with pytest.raises(UserError, match="expected the name of a file and 0, 1 or 2"):
        read_hmdb51_lists(tmp_path)
