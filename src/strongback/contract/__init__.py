"""What a Model promises outside, as documents: OpenAPI, and the REST surface it describes."""
