"""Sample services: what their permissions look like is what they are for."""
