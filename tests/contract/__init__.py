"""What a running service answers, held against the contract that it publishes."""
