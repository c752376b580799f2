"""The Model as tables, columns, keys and indexes; no dialect, no SQL text."""
