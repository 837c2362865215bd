"""Answering over HTTP: a light server, and processes beside it that read the files and hold the model."""
