"""How well the grounding checker tells supported statements from others."""
