"""HTTP: answers, sources, health, and problem+json errors."""
