"""Texts: files, or cells of tables, which become tokens."""
