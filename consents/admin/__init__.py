from consents.admin import collection_point, purpose, purpose_version, receipt, state, subject, transaction

__all__ = ["collection_point", "purpose", "purpose_version", "receipt", "state", "subject", "transaction"]
