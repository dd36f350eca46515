"""Recognising names in text: words, spelling, the index of names, and the rules that decide what a name means."""
