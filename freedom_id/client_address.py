from ipaddress import ip_address

from django.http import HttpRequest

from freedom_id.conf import conf

UNKNOWN = "0.0.0.0"  # noqa: S104 -- not bound to: it stands for a caller behind a Unix socket


def client_ip(request: HttpRequest) -> str:
    """The caller's IP address. X-Forwarded-For counts only as far as our own proxies wrote it
    (`FREEDOM_ID["TRUSTED_PROXIES"]`, counted from the right); otherwise anybody could choose his address."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    forwarded = hops[-conf.trusted_proxies] if 0 < conf.trusted_proxies <= len(hops) else ""
    return _address(forwarded) or _address(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
