"""Ports and drivers: where rows rest."""
