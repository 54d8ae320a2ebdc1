from django.dispatch import Signal

# authorization_ended(authorization: Authorization, reason: EndReason) – in the transaction that ends it.
authorization_ended = Signal()
