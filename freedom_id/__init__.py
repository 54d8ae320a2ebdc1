"""Freedom ID: a reusable Django identity provider with partner links, consented data and OpenID Connect."""

__version__ = "0.1.0"
