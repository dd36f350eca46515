"""What is known: the shipped sources, the store that holds them, the indexes, and search over them."""
