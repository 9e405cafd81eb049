"""The road: fetch, decide, post, prove; with the journal that makes each step happen once."""
