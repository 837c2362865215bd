"""``python -m seqpipe``: the command ``seqpipe``."""

from seqpipe.command import main

main(prog_name="seqpipe")
