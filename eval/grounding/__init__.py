"""Training and measuring of the grounding checker."""
