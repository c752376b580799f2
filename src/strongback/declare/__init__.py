"""Entity, field, role, action and the rest of a declaration: Python source in, a Model out; every fault with file and line."""
