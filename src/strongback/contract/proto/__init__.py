"""The contract in Protocol Buffers: made of the model, printed as text or served as descriptors; no compiler is needed for either."""
