"""The domain, pure: what a store says, what the books hold, and the rules between them.

Nothing here reads a clock, a network, a file, a database or a random number: times, settings and what is known of
the ledger are arguments, documents and problems are return values.
"""
