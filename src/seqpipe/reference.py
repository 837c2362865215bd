"""The configuration reference, made from the typed parameters: ``make docs`` writes docs/configuration.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from seqpipe.config import PARAMETERS, Stage

HEAD = """# Configuration reference

Made by `make docs` from the typed parameters in `src/seqpipe/config.py`; do not edit. Values are in
`conf/base/parameters/`. Change one for a run with `kedro run --params corpus.path=my_videos,svm.kernel=rbf`, or for
good in `conf/local/parameters.yml` (not committed) or in an environment of your own (`conf/<name>/`, then
`kedro run --env <name>`).
"""


def page(base: Path) -> str:
    """The reference as Markdown, with the defaults of the YAML files in ``base``."""
    defaults: dict[str, Any] = {}
    for file in sorted(base.glob("*.yml")):
        defaults |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return HEAD + "".join(_section(key, model, defaults[key]) for key, model in PARAMETERS.items())


def _section(key: str, model: type[Stage], defaults: dict[str, Any]) -> str:
    rows = [
        f"| `{key}.{name}` | `{_text(defaults[name])}` | {_allowed(model, name)} | {field.description} |\n"
        for name, field in model.model_fields.items()
    ]
    title = (model.__doc__ or "").strip().splitlines()[0]
    return f"\n## `{key}`\n{title}\n\n| parameter | default | allowed | what it does |\n|---|---|---|---|\n" + "".join(rows)


def _text(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _allowed(model: type[Stage], name: str) -> str:
    schema = model.model_json_schema()["properties"][name]
    return " or ".join(_one(option) for option in schema.get("anyOf", [schema]))


def _one(schema: dict[str, Any]) -> str:
    """One alternative of a parameter's type, with its range."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    signs = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
    bounds = ", ".join(f"{sign} {schema[key]:g}" for key, sign in signs.items() if key in schema)
    return f"{schema['type']} {bounds}".strip()


if __name__ == "__main__":
    sys.stdout.write(page(Path("conf/base/parameters")))
