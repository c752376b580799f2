"""Bring a store to the schema the Model needs, by additive steps."""
