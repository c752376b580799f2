"""What `strongback doctor` looks at: the machine, the settings, the declaration and the store."""
