"""
The guard: what a request may be, before anyone asks what it wants.

Sizes, counts, nesting, encodings, framing, speed and rate, each bounded in one place, and the small grammars of HTTP
fields.
"""
