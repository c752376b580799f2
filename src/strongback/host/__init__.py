"""A service in the place where it runs: its settings, keys and store, and inside the application of others."""
