"""The web application: pages over the same engine and storage as the command line."""
