"""The commands of ``seqpipe``, a file each: what is typed, and what is said."""
