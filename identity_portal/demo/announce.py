from collections.abc import Sequence

from django.conf import settings

from identity_portal.demo.broker import described
from identity_portal.demo.seed import Seeded


def announcement(seeded: Seeded, broker: str, *, seconds: float) -> str:
    """What a visitor needs: where to go, as whom, with which credentials."""
    base = seeded["base_url"]
    places = [
        ("Your pages", f"{base}/me/"),
        ("Sample partner", f"{base}/demo/partner/"),
        ("Messages (codes)", f"{base}/demo/inbox/"),
        ("The design's parts", f"{base}/demo/components/"),
        ("Staff", f"{base}/admin/"),
        ("API", f"{base}/api/docs"),
    ]
    lines = ["", f"Identity Portal is ready ({seconds:.1f} s).  Stop it with Ctrl-C.", "", *_columns(places)]
    lines += ["", "Sign in by password, or by a code that appears among the messages", *_columns(_people(seeded))]
    lines += ["", "Staff: password, then a code of the app with this secret; the codes are among the messages too"]
    lines += _columns(_staff(seeded))
    lines += ["", "Partners: client id, secret", *_columns(_partners(seeded))]
    parts = [("Broker", described(broker, settings.CELERY_BROKER_URL)), ("Data", settings.VAR_DIR)]
    lines += ["", *_columns(parts), ""]
    return "\n".join(lines)


def _people(seeded: Seeded) -> list[tuple[object, ...]]:
    return [(row["name"], row["phone"], row["email"], row["password"]) for row in seeded["persons"]]


def _staff(seeded: Seeded) -> list[tuple[object, ...]]:
    return [(row["role"], row["phone"], row["email"], row["password"], row["totp_secret"]) for row in seeded["staff"]]


def _partners(seeded: Seeded) -> list[tuple[object, ...]]:
    return [(row["name"], row["client_id"], row["secret"]) for row in seeded["partners"]]


def _columns(rows: Sequence[tuple[object, ...]]) -> list[str]:
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(str(cell).ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
