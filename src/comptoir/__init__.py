"""Comptoir: the bridge between a merchant's online stores and their books."""

__version__ = "0.1.0"
