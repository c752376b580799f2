"""The Model as a GraphQL schema, printed: equal models give equal bytes."""
