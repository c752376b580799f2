"""The predicate language: one small closed tree of expressions, and its evaluator in Python."""
