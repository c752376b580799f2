"""What is wrong with a Model: one file a family of faults, all found at once."""
