"""Where the bytes of files are kept: the port, one file for each kind of place, and what opens them by URL."""
