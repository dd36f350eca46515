"""The product: understanding a question, answering it from the corpus, and serving the answer."""
