"""Tables: reading, schema, splitting and the seal, recipe, duplicates."""
