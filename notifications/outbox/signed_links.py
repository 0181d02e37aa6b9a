"""The signed addresses that mails carry: who holds one may do what it says, without signing in.

The signature binds a mail's number to the address that it was sent to. Neither stands in the
address itself but the number, so that proxies' logs name nobody. A leaf: mails are written with
it, pages read it.
"""

import datetime as dt
import hashlib

from django.conf import settings
from django.core import signing

_SALT = "notifications.acknowledge"
# How long after its day a mail can be acknowledged; the page shows what the mail said, so it does
# not stay open for ever.
LINK_LASTS = dt.timedelta(days=366)


def acknowledge_address(number: int, recipient: str) -> str:
    """Returns the address at which the recipient says that the mail has come."""
    return f"{settings.BASE_URL}/acknowledge/{number}/{_signature(number, recipient)}/"


def is_acknowledge_signature(signature: str, number: int, recipient: str) -> bool:
    """Returns whether the signature was made for this mail and this recipient.

    A key that was retired (``SECRET_KEY_FALLBACKS``) is still believed.
    """
    signed = _signed(number, recipient)
    try:
        return _signer().unsign(f"{signed}:{signature}") == signed
    except signing.BadSignature:
        return False


def _signature(number: int, recipient: str) -> str:
    return _signer().signature(_signed(number, recipient))


def _signed(number: int, recipient: str) -> str:
    # Hashed: an address may hold the separator, and capitals make no other address.
    address = hashlib.sha256(recipient.casefold().encode()).hexdigest()
    return f"{number}.{address}"


def _signer() -> signing.Signer:
    return signing.Signer(salt=_SALT)
