"""Corpora whose samples have sentences: captions, and translations."""
