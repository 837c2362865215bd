"""``seqpipe doctor``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from seqpipe.doctor.finding import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="All of it as one JSON object.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Tells what this machine, this installation and this folder have, and what is missing.

    Changes nothing. Ends with 0 where all that is needed is there, else with 1, and a remedy for each lack.
    """
    from seqpipe.doctor.registry import CHECKS, examined

    width, found = max(map(len, CHECKS)), {}
    for name, finding in examined(Path.cwd()):
        found[name] = finding
        if not as_json:
            _tell(name, finding, width)
    lacks = sum(len(finding.lacks) for finding in found.values())
    if as_json:
        click.echo(json.dumps(_for_machines(found, lacks), indent=2))
    else:
        click.echo(f"\n{_conclusion(lacks)}")
    ctx.exit(1 if lacks else 0)


def _tell(name: str, finding: Finding, width: int) -> None:
    click.echo(f"{name:{width}}  {finding.told}")
    for mark, sentences in (("missing: ", finding.lacks), ("", finding.hints)):
        for sentence in sentences:
            click.echo(f"{'':{width}}  - {mark}{sentence}")


def _conclusion(lacks: int) -> str:
    if not lacks:
        return "All that is needed is there."
    return "One thing that is needed is missing." if lacks == 1 else f"{lacks} things that are needed are missing."


def _for_machines(found: Mapping[str, Finding], lacks: int) -> dict[str, object]:
    checks = {
        name: {"told": one.told, "facts": one.facts, "lacks": one.lacks, "hints": one.hints}
        for name, one in found.items()
    }
    return {"ready": not lacks, "checks": checks}
