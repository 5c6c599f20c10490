"""Which clips to label next, from stored scores. NumPy only."""
