"""SQL for the Model: types, tables, statements."""
