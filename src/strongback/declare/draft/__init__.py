"""From classes as written to the entities of a Model."""
