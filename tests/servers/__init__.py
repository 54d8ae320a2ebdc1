"""Throw-away servers for tests and measurements: real PostgreSQL, real Valkey, gone with the process that asked."""
