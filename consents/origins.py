"""Origins of web pages (RFC 6454): where a person may be sent back to."""

import re
from urllib.parse import urlsplit

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_origin(value: object) -> bool:
    """Whether it is `https://host[:port]`, or `http` on this machine, as browsers write it."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc if port is None else parts.netloc.removesuffix(f":{port}")
    may_be = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return may_be and value == f"{parts.scheme}://{parts.netloc}" and HOST.fullmatch(host) is not None
