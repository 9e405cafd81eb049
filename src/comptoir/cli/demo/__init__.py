"""`comptoir demo`: the whole product on this machine, with no account anywhere.

Two simulators are started as programs of their own; the product connects to them over HTTP with the real exchange of
credentials. The figures at the end come from the simulators' own dumps and logs, not from the product's counters.
"""
