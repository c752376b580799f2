"""What is compared: each serves the same five operations on the same tables."""
