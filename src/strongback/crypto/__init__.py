"""Encryption at rest: the keyring, envelopes and files bound to their place, and blind indexes."""
