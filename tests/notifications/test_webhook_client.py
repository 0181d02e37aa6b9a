"""The client that calls webhooks, against a real HTTP server: whom it reaches, and how it ends."""

import ipaddress
import socket
import ssl
from contextlib import closing

import pytest
import trustme

from notifications.webhooks import client as webhook_client
from notifications.webhooks.client import WebhookCallError, address_check, post_json
from tests.notifications.receiver import receiving

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]
PUBLIC = "93.184.215.14"
SHORT = 0.3  # seconds, in place of the ten


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def opened(settings):
    """The city has opened this machine's own network."""
    settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK


@pytest.fixture
def no_connection(monkeypatch):
    """Lets a test fail that would connect to anything."""

    def connect(_self, where):
        raise AssertionError(f"connected to {where}")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def resolver(monkeypatch):
    """A resolver that gives what it is told to, one answer after the other, then the last."""
    answers, asked = [], []

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        texts = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (
                socket.AF_INET6 if ":" in text else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (text, port, 0, 0) if ":" in text else (text, port),
            )
            for text in texts
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    getaddrinfo.answers, getaddrinfo.asked = answers, asked
    return getaddrinfo


def said(url, body=b"{}", **headers):
    return post_json(url, body=body, headers={"Content-Type": "application/json", **headers})


def refusal(url):
    with pytest.raises(WebhookCallError) as refused:
        said(url)
    return refused.value


def test_body_and_headers_arrive_as_they_were_given_and_the_answer_comes_back(opened, receiver):
    receiver.status, receiver.body = 202, "收到".encode()
    answer = said(f"{receiver.url}?a=1", "{“提醒”}".encode(), **{"User-Agent": "Portfolio/1"})
    [call] = receiver.calls
    assert call.path == "/hook?a=1"
    assert call.body.decode() == "{“提醒”}"
    assert call.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert call.headers["User-Agent"] == "Portfolio/1"
    assert (answer.status, answer.text) == (202, "收到")


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
     "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[fe80::1]", "[fd00::1]",
     "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
     "255.255.255.255", "224.0.0.1"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_private_address_is_refused_unless_the_city_has_opened_it(host, scheme):
    refused = refusal(f"{scheme}://{host}/")
    assert refused.code == "private_address"
    assert "WEBHOOK_ALLOWED_NETWORKS" in refused.message


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"])
def test_decimal_octal_and_short_forms_are_no_addresses(host):
    assert refusal(f"https://{host}/").code == "invalid"


def test_the_resolvers_own_reading_of_a_number_is_judged_too(no_connection, resolver):
    resolver.answers.append(["127.0.0.1"])
    assert refusal("https://loopback.example/").code == "private_address"


def test_one_private_address_among_public_ones_refuses_the_name(no_connection, resolver):
    resolver.answers.append([PUBLIC, "2400:3200::1", "10.0.0.1"])
    assert refusal("https://both.example/").code == "private_address"


def test_plain_http_is_for_opened_networks_only(no_connection, resolver):
    resolver.answers.append([PUBLIC])
    assert refusal("http://public.example/").code == "https_required"


def test_a_name_that_changes_its_mind_is_asked_once_and_held_to_its_first_answer(
    resolver, receiver, monkeypatch
):
    """Re-binding: public while it is checked, 127.0.0.1 when it is connected to."""
    resolver.answers += [[PUBLIC], ["127.0.0.1"]]
    connected = []

    def connect(_self, where):
        connected.append(where)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refusal(f"https://rebind.example:{receiver.port}/").code == "unreachable"
    assert resolver.asked == ["rebind.example"]
    assert connected == [(PUBLIC, receiver.port)]
    assert receiver.calls == []


def test_a_name_that_turns_private_after_it_was_saved_is_refused_at_the_next_call(
    no_connection, resolver
):
    resolver.answers += [[PUBLIC], ["127.0.0.1"]]
    assert address_check("https://rebind.example/").host == "rebind.example"
    assert refusal("https://rebind.example/").code == "private_address"


def test_a_redirect_is_not_followed(opened, receiver):
    with receiving() as secret:
        receiver.status = 307
        receiver.headers = {"Location": f"http://127.0.0.1:{secret.port}/metadata"}
        assert said(receiver.url).status == 307
        assert secret.calls == []


def test_proxies_of_the_environment_are_not_asked(opened, receiver, monkeypatch):
    with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert said(receiver.url).status == 204
        assert (len(receiver.calls), proxy.calls) == (1, [])


def test_the_second_address_is_tried_when_the_first_refuses(opened, receiver, resolver):
    resolver.answers.append(["127.0.0.2", "127.0.0.1"])
    assert said(f"http://two.example:{receiver.port}/").status == 204
    assert receiver.calls[0].headers["Host"] == f"two.example:{receiver.port}"


def test_a_name_that_nobody_knows_says_so(monkeypatch):
    def getaddrinfo(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    refused = refusal("https://nobody.example/")
    assert (refused.code, "nobody.example" in refused.message) == ("unresolvable", True)


# How a call ends --------------------------------------------------------------------------------
def test_a_refused_connection_is_told_in_words(opened):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    refused = refusal(f"http://127.0.0.1:{port}/")
    assert refused.code == "unreachable"
    assert "Connection refused" in refused.message


def test_a_receiver_that_never_answers_is_left(opened, receiver, monkeypatch):
    monkeypatch.setattr(webhook_client, "TIME_LIMIT", SHORT)
    receiver.speak = receiver.hold
    assert refusal(receiver.url).code == "timed_out"


def test_an_answer_that_drips_for_ever_ends_with_the_whole_time(opened, receiver, monkeypatch):
    """Each byte comes in time, so a limit of each read alone would never end."""
    monkeypatch.setattr(webhook_client, "TIME_LIMIT", SHORT)

    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not receiver.release.wait(SHORT / 10):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    receiver.speak = drip
    assert refusal(receiver.url).code == "timed_out"


def test_a_resolver_that_hangs_ends_with_the_whole_time(monkeypatch, receiver):
    monkeypatch.setattr(webhook_client, "TIME_LIMIT", SHORT)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: receiver.release.wait(60))
    assert refusal("https://slow.example/").code == "timed_out"


def test_of_a_huge_body_only_the_beginning_is_read(opened, receiver):
    sent = []

    def flood(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
                sent.append(65536)
        except OSError:
            receiver.holding.set()  # the caller has hung up

    receiver.speak = flood
    answer = said(receiver.url)
    assert (answer.status, len(answer.text)) == (200, 4096)
    assert receiver.holding.wait(10)


def test_a_head_without_end_is_left(opened, receiver):
    def flood(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"x" * 1000))

    receiver.speak = flood
    assert refusal(receiver.url).code == "unreachable"


def test_interim_answers_without_end_are_left(opened, receiver):
    def flood(handler):
        while not receiver.release.is_set():
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    receiver.speak = flood
    assert refusal(receiver.url).code == "unreachable"


def test_a_body_that_breaks_off_takes_nothing_from_the_status(opened, receiver):
    def breaks_off(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf\x00")

    receiver.speak = breaks_off
    answer = said(receiver.url)
    assert (answer.status, answer.text) == (200, "half\ufffd")


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_does_not_speak_http_is_told_in_words(opened, receiver, words):
    receiver.speak = lambda handler: handler.wfile.write(words)
    assert refusal(receiver.url).code == "unreachable"


# TLS --------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def served_as(authority, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority, monkeypatch):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(webhook_client, "tls_context", lambda: context)


@pytest.mark.usefixtures("opened", "trusted")
def test_the_certificate_is_held_to_the_name_not_to_where_it_led(authority, resolver):
    resolver.answers.append(["127.0.0.1"])
    asked = []
    context = served_as(authority, "sms.city.example")
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with receiving(context) as receiver:
        assert said(f"https://sms.city.example:{receiver.port}/").status == 204
        assert asked == ["sms.city.example"]
        assert refusal(f"https://other.example:{receiver.port}/").code == "certificate"
    assert len(receiver.calls) == 1


@pytest.mark.usefixtures("opened")
def test_a_certificate_that_nobody_vouches_for_is_refused(authority, resolver):
    resolver.answers.append(["127.0.0.1"])
    with receiving(served_as(authority, "sms.city.example")) as receiver:
        assert refusal(f"https://sms.city.example:{receiver.port}/").code == "certificate"
    assert receiver.calls == []
