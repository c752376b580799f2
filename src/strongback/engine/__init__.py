"""The path every request takes: Asked, Operation, Plan, Program, Outcome."""
