"""What one operation will do, as plain values: permission folded in, no I/O."""
