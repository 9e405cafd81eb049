"""The pages, one module a topic."""
