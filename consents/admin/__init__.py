from consents.admin import collection_point, purpose, receipt, state, subject, transaction

__all__ = ["collection_point", "purpose", "receipt", "state", "subject", "transaction"]
