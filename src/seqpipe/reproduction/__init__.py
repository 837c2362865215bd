"""Running an old run again: what decides a run, what differs since, and whether the results are the same."""
