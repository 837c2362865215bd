"""``seqpipe serve``."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from seqpipe.commands.asked import asked, which_model

if TYPE_CHECKING:
    from seqpipe.commands.asked import Asked


@click.command()
@which_model
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option(
    "--token", envvar="SEQPIPE_TOKEN", help="What requests must carry; needed where other machines reach --host."
)
@click.option("--allow-host", multiple=True, help="A further name of the server, as a proxy calls it; may be repeated.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1), help="Files answered at once, a process each."
)
@click.option("--queue", default=16, show_default=True, type=click.IntRange(0), help="Requests that may wait.")
@click.option("--timeout", default=60.0, show_default=True, type=click.FloatRange(0.1), help="Seconds for a file.")
@click.option("--max-mb", default=200.0, show_default=True, type=click.FloatRange(0.001), help="A file's size, MiB.")
@click.option("--max-megapixels", type=click.FloatRange(0.001), help="A frame's size. [as the model's corpus]")
@click.option("--max-seconds", type=click.FloatRange(0.001), help="A video's length. [as the model's corpus]")
@click.option("--upload-seconds", default=300.0, show_default=True, type=click.FloatRange(1), help="For an upload.")
@click.option("--stalled-seconds", default=20.0, show_default=True, type=click.FloatRange(0.1), help="Without a byte.")
def serve(model: str | None, task: str | None, env: str, host: str, port: int, **given: Any) -> None:
    """Answers over HTTP: a page to drop files on, and POST /predict for programs.

    Nothing is kept of a file. Ctrl-C or SIGTERM end the server when what has arrived is
    answered.
    """
    from seqpipe.serving.guard import Access
    from seqpipe.serving.limits import Limits
    from seqpipe.serving.server import serve as answer

    limits = Limits(
        max_mib=given["max_mb"],
        max_megapixels=given["max_megapixels"],
        max_seconds=given["max_seconds"],
        timeout_s=given["timeout"],
        upload_s=given["upload_seconds"],
        stalled_s=given["stalled_seconds"],
        workers=given["workers"],
        queue=given["queue"],
    )
    access = Access(host, given["allow_host"], given["token"])
    answer(partial(opened, model, task, env), limits, access, port, click.echo)


def opened(model: str | None, task: str | None, env: str) -> Asked:
    """The model, in a process that this command has started."""
    # Harmless and not the user's: Kedro's notices on its own future.
    warnings.filterwarnings("ignore", module=r"kedro(\..*)?")
    return asked(model, task, env)
