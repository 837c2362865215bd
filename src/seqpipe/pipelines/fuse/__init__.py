"""Late fusion of two models' answers on disk."""
