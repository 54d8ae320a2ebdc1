from consents.admin import collection_point, purpose, state, subject, transaction

__all__ = ["collection_point", "purpose", "state", "subject", "transaction"]
