"""Addresses of webhooks: how they are read, and which machines are none of ours to call."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.webhooks.addresses import (
    WebhookAddressError,
    ip_address,
    is_allowed,
    is_public,
    parse_webhook_address,
)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("https://sms.city.example", "sms.city.example", 443, "/", "sms.city.example"),
        ("https://SMS.City.example./in?a=1&b=2", "sms.city.example", 443, "/in?a=1&b=2", None),
        ("http://10.1.2.3:8080/in#part", "10.1.2.3", 8080, "/in", "10.1.2.3:8080"),
        ("https://[2400:DA00::1]/x", "2400:da00::1", 443, "/x", "[2400:da00::1]"),
        ("https://短信.example/提醒", "xn--vuq298g.example", 443, "/%E6%8F%90%E9%86%92", None),
        ("https://host.example:443/", "host.example", 443, "/", "host.example"),
        ("https://a_b.example/", "a_b.example", 443, "/", None),
    ],
)
def test_an_address_is_read_into_its_parts(url, host, port, path, header):
    address = parse_webhook_address(url)
    assert (address.host, address.port, address.path) == (host, port, path)
    assert header is None or address.host_header == header


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("ftp://host.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("host.example/in", "scheme"),
        ("", "scheme"),
        ("https://user:secret@host.example/", "credentials"),
        ("https://@127.0.0.1/", "credentials"),
        ("https://", "invalid"),
        ("https:///path", "invalid"),
        ("https://host.example:99999/", "invalid"),
        ("https://host.example:0/", "invalid"),
        ("https://host.example:x/", "invalid"),
        ("https://host..example/", "invalid"),
        ("https://-host.example/", "invalid"),
        ("https://host.example/a b", "invalid"),
        ("https://host.example/\r\nX-Evil: 1", "invalid"),
        ("https://host.example\\@127.0.0.1/", "invalid"),
        ("https://[::1/", "invalid"),
        ("https://[v1.fe80::a]/", "invalid"),
        ("https://ho%73t.example/", "invalid"),
        ("https://" + "a." * 130 + "example/", "invalid"),
        # All of these are 127.0.0.1 to the C library.
        ("http://2130706433/", "invalid"),
        ("http://0x7f000001/", "invalid"),
        ("http://0x7f.1/", "invalid"),
        ("http://0177.0.0.1/", "invalid"),
        ("http://127.1/", "invalid"),
        ("http://127.0.0.1.0x1/", "invalid"),
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(url, what):
    with pytest.raises(WebhookAddressError) as refused:
        parse_webhook_address(url)
    assert refused.value.what == what


def test_letters_that_only_look_different_are_read_as_the_digits_that_they_are():
    assert parse_webhook_address("http://１２７。0.0.1/").host == "127.0.0.1"


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
        "100.100.100.200", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.1",
        "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1", "fe80::1", "fe80::1%2", "fec0::1", "fc00::1", "fd00:ec2::254",
        "ff02::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:20::1",
        "2001:db8::1", "3fff::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "4000::1", "5f00::1",
    ],
)  # fmt: skip
def test_what_is_not_on_the_open_internet_is_not_public(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "114.114.114.114", "100.63.255.255", "100.128.0.0", "172.15.1.1", "172.32.0.1",
     "223.5.5.5", "::ffff:8.8.8.8", "2400:3200::1", "2606:4700::1111", "64:ff9b::8.8.8.8"],
)  # fmt: skip
def test_what_is_on_the_open_internet_is_public(text):
    assert is_public(ip_address(text))


@settings(max_examples=300)
@given(st.ip_addresses())
def test_nothing_is_public_here_that_the_standard_library_knows_to_be_private(address):
    known = ip_address(str(address))
    if is_public(known) and known not in ipaddress.ip_network("64:ff9b::/96"):
        assert known.is_global
        assert not known.is_multicast


def test_a_network_that_the_city_has_opened_is_allowed_in_any_clothes():
    opened = [ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd12::/16")]
    assert is_allowed(ip_address("10.20.3.4"), opened)
    assert is_allowed(ip_address("::ffff:10.20.3.4"), opened)
    assert is_allowed(ip_address("fd12::1"), opened)
    assert not is_allowed(ip_address("10.21.3.4"), opened)
    assert not is_allowed(ip_address("10.20.3.4"), [])
