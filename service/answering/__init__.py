"""From a question to a cited answer: question, evidence, composer, engine."""
