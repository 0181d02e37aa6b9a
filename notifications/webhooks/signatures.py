"""How a webhook's call is signed: the way that receivers know from Stripe and others.

``X-Portfolio-Signature: t=1758589230,v1=<hex>``, where ``v1`` is HMAC-SHA256 over ``<t>.<body>``.
The time stands inside, so that a call that somebody has listened to cannot be made again later.
"""

import hashlib
import hmac

HEADER = "X-Portfolio-Signature"


def signature(*, secret: str, body: bytes, at: int) -> str:
    """Returns the header's value; ``at`` is in seconds since 1970."""
    told = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256)
    return f"t={at},v1={told.hexdigest()}"
