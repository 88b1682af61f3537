"""The lane language: YAML and JSON Schema in, frozen hashed lanes out."""
