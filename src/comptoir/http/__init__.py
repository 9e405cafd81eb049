"""How the product speaks to platforms: one transport, limits, authorization, redaction."""
