"""Which addresses a webhook may have, and which machines it may reach.

A webhook is an address that people type in and that this server then calls: without these rules
it would call, on their behalf, what only this server can reach.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from django.utils.encoding import iri_to_uri

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_HOST = 253
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# A name whose last part looks so is read as an IPv4 address by the C library: 2130706433, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# What is no machine on the open internet (IANA's special-purpose registries, 2025), said whole:
# the standard library's own list has changed between patch releases.
_IPV4_SPECIAL = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host; Linux takes 0.0.0.0 for the loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a carrier's NAT; some clouds put their metadata here
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; 169.254.169.254 hands out a cloud machine's passwords
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# IPv6 goes the other way round: only what has been given out for the open internet is.
_IPV6_PUBLIC = ipaddress.IPv6Network("2000::/3")
_IPV6_SPECIAL = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo (an IPv4 address inside), ORCHID, benchmarks
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
    )
)
# An IPv4 address in other clothes; a network without IPv4 reaches the whole internet by it.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressFault(StrEnum):
    """What is wrong with an address as text."""

    INVALID = "invalid"
    SCHEME = "scheme"
    CREDENTIALS = "credentials"


class WebhookAddressError(ValueError):
    """The text is no address that a webhook may have."""

    def __init__(self, what: AddressFault) -> None:
        super().__init__(what.value)
        self.what = what


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """An address in its parts: ``host`` in ASCII and without brackets, ``path`` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def secure(self) -> bool:
        return self.scheme == "https"

    @property
    def host_header(self) -> str:
        """Returns what the request's ``Host`` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_webhook_address(url: str) -> WebhookAddress:
    """Returns the parts of the address; raises ``WebhookAddressError``.

    The same parts are used to connect: an address is never read twice by two different readers.
    """
    if any(ord(letter) <= ord(" ") or letter == "\\" for letter in url):
        raise WebhookAddressError(AddressFault.INVALID)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WebhookAddressError(AddressFault.INVALID) from error
    if parts.scheme not in DEFAULT_PORTS:
        raise WebhookAddressError(AddressFault.SCHEME)
    if "@" in parts.netloc:
        raise WebhookAddressError(AddressFault.CREDENTIALS)
    if port == 0:
        raise WebhookAddressError(AddressFault.INVALID)
    path = iri_to_uri(parts.path or "/") + (f"?{iri_to_uri(parts.query)}" if parts.query else "")
    return WebhookAddress(
        scheme=parts.scheme,
        host=_host(parts.hostname or ""),
        port=port or DEFAULT_PORTS[parts.scheme],
        path=path,
    )


def _host(name: str) -> str:
    """Returns the name in ASCII, or the IP address in its one canonical form."""
    try:
        if ":" in name:
            return str(ipaddress.IPv6Address(name))
        host = name.rstrip(".").encode("idna").decode("ascii").lower()
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return str(ipaddress.IPv4Address(host))  # knows no octal, hexadecimal or short forms
    except ValueError as error:  # UnicodeError is one
        raise WebhookAddressError(AddressFault.INVALID) from error
    if len(host) > LONGEST_HOST or not all(_LABEL.fullmatch(each) for each in host.split(".")):
        raise WebhookAddressError(AddressFault.INVALID)
    return host


def ip_address(text: str) -> IpAddress:
    """Returns the address that packets go to: IPv4 where IPv6 only wraps it, ``::ffff:1.2.3.4``."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_allowed(address: IpAddress, allowed: Collection[IpNetwork]) -> bool:
    """Returns whether the city has opened a network of its own that holds the address."""
    return any(address in network for network in allowed)


def is_public(address: IpAddress) -> bool:
    """Returns whether the address is a machine on the open internet."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        special = any(address in network for network in _IPV6_SPECIAL)
        return address in _IPV6_PUBLIC and not special
    return not any(address in network for network in _IPV4_SPECIAL)
