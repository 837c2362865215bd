"""Train a model, let it answer the test split, judge the answers: the same nodes for every kind."""
