"""SQLite by the standard library: one writer, reads inline."""
