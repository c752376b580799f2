"""The REST door: paths and methods, query strings, JSON bodies, statuses and problem details."""
