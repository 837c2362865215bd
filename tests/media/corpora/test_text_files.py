from __future__ import annotations

import codecs
import logging

import pytest

from seqpipe.core.errors import UserError
from seqpipe.media.corpora.text_files import read_lines, read_sheet

TEXT = "path,label\na.mp4,café\nb.mp4,thé\n"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("cp1252", b""),
    ],
)
def test_the_text_is_the_same_in_every_encoding(tmp_path, encoding, mark, line_end):
    file = tmp_path / "list.csv"
    file.write_bytes(mark + TEXT.replace("\n", line_end).encode(encoding))
    assert read_lines(file) == TEXT.splitlines()


def test_a_guessed_encoding_is_told(tmp_path, caplog):
    file = tmp_path / "list.txt"
    file.write_bytes("café 1\n".encode("cp1252"))
    assert read_lines(file) == ["café 1"]
    assert "not UTF-8; it is read as Windows-1252" in caplog.text


def test_comments_and_blank_lines_are_no_lines(tmp_path, caplog):
    file = tmp_path / "list.txt"
    file.write_text("# made by hand\n\n  a.avi 1\t\n#b.avi 1\n \n")
    with caplog.at_level(logging.INFO):
        assert read_lines(file) == ["a.avi 1"]
    assert "2 comment line(s) are passed over, such as '# made by hand'" in caplog.text


def test_what_is_no_text_is_answered_with_a_sentence(tmp_path):
    (tmp_path / "list.txt").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(UserError, match="is no text"):
        read_lines(tmp_path / "list.txt")
    with pytest.raises(UserError, match="cannot be read"):
        read_lines(tmp_path / "nothing.txt")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("first", ["", "sep={}\n"])
def test_cells_between_any_delimiters(tmp_path, delimiter, first):
    file = tmp_path / "table.csv"
    table = f'path,label,note\na.mp4,"x{delimiter}y",\n,,\n\nb.mp4,z\n'
    file.write_text(first.format(delimiter) + table.replace(",", delimiter))
    sheet = read_sheet(file)
    assert sheet.columns == ["path", "label", "note"]
    assert [line.cells for line in sheet.lines] == [
        {"path": "a.mp4", "label": f"x{delimiter}y", "note": ""},
        {"path": "b.mp4", "label": "z", "note": ""},
    ]
    assert [line.number - bool(first) for line in sheet.lines] == [2, 5]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("path,label\n\na.mp4,x,y\n", "Line 3 .* more cells"),
        ("path,path\na.mp4,x\n", "two columns called 'path'"),
        ('path,label\n"a.mp4,x\nb.mp4,y\n', "Line 2 .* quotation marks"),
        ("\n", "is empty"),
    ],
)
def test_tables_that_are_none(tmp_path, text, sentence):
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_sheet(tmp_path / "table.csv")


def test_an_empty_cell_in_quotes_is_a_row_of_a_table_of_one_column(tmp_path):
    file = tmp_path / "texts.csv"
    file.write_text('text\na\n""\n\n   \nb\n', encoding="utf-8")
    assert [line.cells["text"] for line in read_sheet(file).lines] == ["a", "", "b"]
    file.write_text('path,label\na.mp4,x\n""\nb.mp4,y\n', encoding="utf-8")
    assert [line.cells["path"] for line in read_sheet(file).lines] == ["a.mp4", "b.mp4"]
