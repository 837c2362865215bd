"""``seqpipe models``."""

from __future__ import annotations

from pathlib import Path

import click

from seqpipe.commands.asked import ENV

TOLD = ("model", "corpus", "task")
"""Tags of a version that have a column."""
SCORES = ("val_", "test_")
"""How those tags begin that are scores, whose names the task decides."""


@click.command()
@click.argument("name", required=False)
@ENV
def models(name: str | None, env: str) -> None:
    """Lists the models in MLflow's registry: all, or the versions of NAME."""
    import pandas as pd

    from seqpipe.tracking.connect import refused_in_a_sentence
    from seqpipe.tracking.registry import aliases, versions_of
    from seqpipe.tracking.remembered import opened

    place = opened(Path.cwd(), env)
    client = place.client
    with refused_in_a_sentence(place.store):
        names = [name] if name else sorted(one.name for one in client.search_registered_models())
        versions = [version for one in names for version in versions_of(client, one)]
    if not versions:
        what = f"No model {name} is" if name else "No model is"
        click.echo(f"{what} registered yet: `kedro run` registers the best on val.")
        return
    rows = [
        {
            "name": version.name,
            "version": version.version,
            "alias": ", ".join(aliases(client, version)),
            **{tag: version.tags.get(tag, "") for tag in TOLD},
            **{f"{of}score": _score(version.tags, of) for of in SCORES},
            "run": version.tags.get("run", ""),
        }
        for version in versions
    ]
    click.echo(pd.DataFrame(rows).to_string(index=False))


def _score(tags: dict[str, str], of: str) -> str:
    return next((f"{value} {tag.removeprefix(of)}" for tag, value in sorted(tags.items()) if tag.startswith(of)), "")
