"""The commands, one a file; a module is imported only when its command runs."""
