"""What machines are told, in one form on every surface: the command line's `--json` and the JSON API say the same.

Amounts are text with as many decimals as the currency has, the currency beside them; moments are ISO 8601 with their
zone. Words are in the language of whoever asks: `say` turns a message into them.
"""
