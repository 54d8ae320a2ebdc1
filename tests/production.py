"""The environment of a deployment that leaves no warning of the checks; only the keys are of no worth."""

PRODUCTION = {
    "DEBUG": "0",
    "DEMO": "0",
    "DATABASE_URL": "sqlite://:memory:",
    "PUBLIC_URL": "https://id.example.com",
    "TLS_TERMINATED": "1",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "PII_KEYS": '{"k1": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}',
    "DIGEST_KEY": "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=",
    "EMAIL_HOST": "mail.example.com",
    "SMS_CHANNEL": "operator.sms.Gateway",
}
