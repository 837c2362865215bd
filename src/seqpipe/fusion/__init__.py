"""Late fusion: two models' answers to the same samples, mixed."""
