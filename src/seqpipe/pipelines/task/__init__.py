"""A task of its own, from a corpus to a report: one wiring for all that the registry of tasks names."""
