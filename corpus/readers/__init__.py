"""Readers turn a file into a `corpus.document.Document`."""
