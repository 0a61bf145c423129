"""Notes: what readers write about the book, for themselves or for all."""
