"""Prompt templates as versioned files."""
