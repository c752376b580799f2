"""The readers of observations: log lines and metrics."""
