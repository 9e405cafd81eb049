"""QuickBooks Online, Accounting API v3: the ledger connector.

`connect` guides the user through the authorization, `ledger.QuickBooksLedger` is what the engine posts to.
"""
