"""Encryption of fields: the keyring, envelopes bound to their place, and blind indexes."""
