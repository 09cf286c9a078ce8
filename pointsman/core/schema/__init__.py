"""JSON Schema: of Python types, of tools, of answers, and what each provider takes of it."""
