"""Using what was trained: which files are asked about, what carries a model to another place, and its answers."""
