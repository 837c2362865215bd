"""The configuration reference, made from the typed parameters: ``make docs`` writes docs/configuration.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from seqpipe.config import INHERITED, PARAMETERS, Stage, block_of, flat

HEAD = """# Configuration reference

Made by `make docs` from the typed parameters in `src/seqpipe/config/`; do not edit. The defaults are the
values in `conf/base/parameters/`, and nowhere else. An unknown name, a wrong type or a value out of range
ends the run before its first step, with a sentence.

- For one run: `kedro run --params corpus.path=my_videos,svm.pooling=concat`
- For good, on this machine: the same names in `conf/local/parameters.yml` (not committed).
- For a corpus of its own: `conf/<name>/parameters.yml`, then `kedro run --env <name>` (`conf/local` is not
  read then).

A file gives only what differs. What a `grid` lists is tried in place of the parameter itself: in a file, `svm.C`
counts only where `svm.grid` has no `C` (fix it with a grid of one, `grid: {C: [0.01]}`); given with `--params
svm.C=0.01`, it is taken as it is and not searched.
"""

WORDS = {
    "string": "text",
    "boolean": "`true`, `false`",
    "object": "mapping of names to lists",
    "null": "`null`",
}


def page(base: Path) -> str:
    """The reference as Markdown, with the defaults of the YAML files in ``base``."""
    places = {key: (file, values) for file in base.glob("*.yml") for key, values in _stages(file).items()}
    return HEAD + "".join(_section(key, model, *places[key]) for key, model in PARAMETERS.items())


def _stages(file: Path) -> dict[str, Any]:
    stages: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return stages


def _section(key: str, model: type[Stage], file: Path, defaults: dict[str, Any]) -> str:
    title = (model.__doc__ or "").strip().splitlines()[0]
    head = f"\n## `{key}`\n{title} In `conf/base/parameters/{file.name}`.\n\n"
    if key in INHERITED:
        return f"{head}{_what_differs(key, defaults)}\n"
    rows = [["parameter", "default", "allowed", "what it does"], ["---"] * 4]
    return head + "".join(_row(cells) for cells in [*rows, *_parameters(key, model, defaults)])


def _what_differs(name: str, given: dict[str, Any]) -> str:
    """A sentence on a block that takes from another what it does not give itself."""
    own = ", ".join(f"`{key}: {_text(value)}`" for key, value in flat(given).items())
    return f"The parameters of `{INHERITED[name]}`; {f'of its own: {own}' if own else 'none is its own'}."


def _parameters(under: str, model: type[Stage], defaults: dict[str, Any]) -> Iterator[list[str]]:
    """The cells of each parameter's row, those of the blocks within a model too."""
    for name, field in model.model_fields.items():
        if f"{under}.{name}" in INHERITED:
            differs = _what_differs(f"{under}.{name}", defaults[name])
            yield [f"`{under}.{name}`", f"`{_text(defaults[name])}`", differs, str(field.description)]
        elif block := block_of(field):
            yield from _parameters(f"{under}.{name}", block, defaults[name])
        else:
            default, allowed = f"`{_text(defaults[name])}`", _allowed(model, name)
            yield [f"`{under}.{name}`", default, allowed, str(field.description)]


def _row(cells: list[str]) -> str:
    """A row of a table; a bar inside a cell would end it."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _text(value: Any) -> str:
    """A value as one would write it in YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {json.dumps(item)}" for name, item in value.items()) + "}"
    return value if isinstance(value, str) else json.dumps(value)


def _allowed(model: type[Stage], name: str) -> str:
    schema = model.model_json_schema()["properties"][name]
    return " or ".join(_one(option) for option in schema.get("anyOf", [schema]))


def _one(schema: dict[str, Any]) -> str:
    """One alternative of a parameter's type, with its range."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("format") == "path":
        return "path"
    return f"{WORDS.get(schema['type'], schema['type'])} {_range(schema)}".strip()


def _range(schema: dict[str, Any]) -> str:
    if "minimum" in schema and "maximum" in schema:
        limits = [f"{_number(schema['minimum'])} to {_number(schema['maximum'])}"]
    else:
        signs = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
        limits = [f"{sign} {_number(schema[key])}" for key, sign in signs.items() if key in schema]
    if "multipleOf" in schema:
        limits.append(f"a multiple of {_number(schema['multipleOf'])}")
    return ", ".join(limits)


def _number(value: float) -> str:
    """All digits of whole numbers, however large."""
    return str(int(value)) if value == int(value) else str(value)


if __name__ == "__main__":
    sys.stdout.write(page(Path("conf/base/parameters")))
