"""The gRPC door: messages in and out, as `contract.proto` lays them out."""
