"""Train a classifier C' on D' and judge it on the test split: the same two nodes for every kind."""
