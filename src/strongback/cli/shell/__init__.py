"""What `strongback shell` is made of: a store that takes everything back, the names at hand, the prompt."""
