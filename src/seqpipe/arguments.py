"""What ``--params`` says, before YAML reads it: a folder named 2024, 007 or no is a text, not a number or a boolean."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import click

from seqpipe.config import takes_text
from seqpipe.registries import all_parameters

NOTHING = {"", "~", "null", "Null", "NULL"}
"""What YAML calls nothing: a folder of that name is given as ./null."""
QUOTED = re.compile(r"""(["']).*\1""")


def quoted(params: str) -> str:
    """The same parameters, ``name=value`` with commas between, of which a text cannot be taken for anything else."""
    all_parameters()
    return ",".join(_quoted(item) for item in params.split(","))


def _quoted(item: str) -> str:
    name, equals, value = (part.strip() for part in item.partition("="))
    as_typed = equals and takes_text(name) and value not in NOTHING and not QUOTED.fullmatch(value)
    return f"{name}={json.dumps(value, ensure_ascii=False)}" if as_typed else item


def with_texts(option: click.Parameter) -> click.Parameter:
    """Kedro's option ``--params``, that keeps texts as they were typed."""
    keeping, read = copy.copy(option), option.callback
    assert read is not None

    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        return read(context, parameter, quoted(value) if isinstance(value, str) else value)

    keeping.callback = callback
    return keeping
