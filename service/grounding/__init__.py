"""Whether cited passages support a statement, and what in it they do not."""
