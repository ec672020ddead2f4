"""What a browser may do with our pages: who may frame them, what they may load."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from config.settings import Settings

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", re.ASCII)
LOOPBACK = ("127.0.0.1", "localhost")

HEADERS = {
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex",
}


def own_origins(settings: Settings) -> list[str]:
    """Ours; in development under both names of this machine, since the bank's page has one and the tab the other."""
    url = urlsplit(settings.public_url)
    origin = urlunsplit((url.scheme, url.netloc, "", "", ""))
    if not settings.is_development or url.hostname not in LOOPBACK:
        return [origin]
    return [origin.replace(url.hostname, host, 1) for host in LOOPBACK]


def may_embed(settings: Settings, registered: Sequence[str]) -> list[str]:
    """The shop's origins, and in development the demo shop's. What could break out of a header is left out."""
    demo = own_origins(settings) if settings.is_development else []
    return [origin for origin in (*registered, *demo) if ORIGIN.fullmatch(origin)]


def page_policy(ancestors: Sequence[str], frames: Sequence[str]) -> str:
    """Nothing inline, nothing from elsewhere; a card cannot leave by a form. `frames`: the bank's page."""
    return _policy(
        {
            "default-src": ("'none'",),
            "script-src": ("'self'",),
            "style-src": ("'self'",),
            "connect-src": ("'self'",),
            "img-src": ("data:",),
            "frame-src": frames or ("'none'",),
            "form-action": ("'none'",),
            "base-uri": ("'none'",),
            "frame-ancestors": ancestors or ("'none'",),
            "require-trusted-types-for": ("'script'",),
            "trusted-types": ("'none'",),
        }
    )


def form_policy(ancestors: Sequence[str]) -> str:
    """A page without a script, whose form comes back to us."""
    return _policy(
        {
            "default-src": ("'none'",),
            "style-src": ("'self'",),
            "img-src": ("data:",),
            "form-action": ("'self'",),
            "base-uri": ("'none'",),
            "frame-ancestors": ancestors or ("'none'",),
        }
    )


def _policy(directives: dict[str, Sequence[str]]) -> str:
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())
