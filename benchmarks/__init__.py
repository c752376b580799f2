"""Benchmarks: reports of ratios in one interleaved run, never timed tests. `scripts/bench --help`."""
