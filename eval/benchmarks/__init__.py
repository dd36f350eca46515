"""Public benchmarks: the product beside published figures and plain baselines, one module a family of sets."""
