"""Consent platform: purposes and their versions, collection points, an append-only ledger, and the current answer."""

__version__ = "0.1.0"
