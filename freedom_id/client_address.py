from django.http import HttpRequest

from freedom_id.conf import conf


def client_ip(request: HttpRequest) -> str:
    """The caller's IP address. X-Forwarded-For counts only as far as our own proxies wrote it
    (`FREEDOM_ID["TRUSTED_PROXIES"]`, counted from the right); otherwise anybody could choose his address."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    if conf.trusted_proxies and len(hops) >= conf.trusted_proxies:
        return str(hops[-conf.trusted_proxies])[:45]
    return str(request.META.get("REMOTE_ADDR") or "127.0.0.1")
