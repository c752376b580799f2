"""What happened, as plain values, and who reads it: log lines and metrics. No secret and no personal value in either."""
