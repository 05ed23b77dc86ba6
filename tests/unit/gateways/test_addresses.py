"""One spelling for each server, and no way into our own network."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.gateways.addresses import BadAddress, address_refusal, canonical_origin, public_url_warning


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://wa.example.com", "https://wa.example.com"),
        ("https://wa.example.com/", "https://wa.example.com"),
        (" HTTPS://WA.Example.COM:443/ ", "https://wa.example.com"),
        ("https://wa.example.com:8443", "https://wa.example.com:8443"),
        ("https://wa.example.com:08443", "https://wa.example.com:8443"),
        ("https://evolution_api:8080", "https://evolution_api:8080"),
        ("https://8.8.8.8:8080", "https://8.8.8.8:8080"),
        ("https://[2606:4700:0000::1111]", "https://[2606:4700::1111]"),
        ("https://tokó.example", "https://xn--tok-ina.example"),
    ],
)
def test_each_server_has_one_spelling(url: str, origin: str) -> None:
    assert canonical_origin(url, local=False) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "wa.example.com",
        "ftp://wa.example.com",
        "http://wa.example.com",
        "https://",
        "https:///x",
        "https://u@wa.example.com",
        "https://u:p@wa.example.com",
        "https://@wa.example.com",
        "https://wa.example.com\\@evil.example",
        "https://evil.example#@wa.example.com",
        "https://wa.example.com/manager",
        "https://wa.example.com?x=1",
        "https://wa.example.com?",
        "https://wa.example.com#",
        "https://wa.example.com.",
        "https://wa..example.com",
        "https://wa\u3002example\uff0ecom",
        "https://-wa.example.com",
        "https://wa.exam ple.com",
        "https://wa.example\n.com",
        "https://wa.example.com\x00",
        "https://wa%2eexample.com",
        "https://" + "a" * 64 + ".example",
        "https://" + "a." * 130 + "example",
        "https://wa.example.com:",
        "https://wa.example.com:0",
        "https://wa.example.com:65536",
        "https://wa.example.com:99999",
        "https://wa.example.com:+80",
        "https://wa.example.com:-1",
        "https://wa.example.com:8o",
        "https://wa.example.com:٨٠",
        "https://wa.example.com:80:80",
        "https://127.1",
        "https://0x7f.1",
        "https://0x7f000001",
        "https://2130706433",
        "https://0177.0.0.1",
        "https://127.0.0.1",
        "https://127.0.0.1.",
        "https://10.0.0.1",
        "https://192.168.1.1",
        "https://172.16.0.1",
        "https://169.254.169.254",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://255.255.255.255",
        "https://localhost",
        "https://api.localhost",
        "https://[::1]",
        "https://[::]",
        "https://[::ffff:7f00:1]",
        "https://[::ffff:127.0.0.1]",
        "https://[fe80::1]",
        "https://[fe80::1%25eth0]",
        "https://[fc00::1]",
        "https://[fd00:ec2::254]",
        "https://[64:ff9b::7f00:1]",
        "https://[64:ff9b:1::a00:1]",
        "https://[2002:7f00:1::]",
        "https://[2001:0:7f00:1::]",
        "https://[::7f00:1]",
        "https://[ff02::1]",
        "https://[::1",
        "https://::1",
        "https://[::1]x",
        "https://[]",
    ],
)
def test_what_is_no_servers_address_is_refused_with_a_reason(url: str) -> None:
    with pytest.raises(BadAddress) as refused:
        canonical_origin(url, local=False)
    assert refused.value.reason


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://192.168.1.10:8080", "http://192.168.1.10:8080"),
        ("http://100.101.102.103:8080", "http://100.101.102.103:8080"),
    ],
)
def test_the_laptop_may_use_http_and_private_addresses(url: str, origin: str) -> None:
    assert canonical_origin(url, local=True) == origin


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fd00:ec2::254",
        "::",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "ff02::1",
        "fec0::1",
    ],
)
def test_some_addresses_are_dialled_on_no_stage(address: str) -> None:
    assert address_refusal(ipaddress.ip_address(address), local=True)


@given(st.ip_addresses())
def test_no_stage_but_the_laptop_dials_what_is_not_global(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not ip.is_global:
        assert address_refusal(ip, local=False)


@given(st.text(max_size=40))
def test_no_text_raises_anything_else(text: str) -> None:
    for url in (text, f"https://{text}", f"https://wa.example.com:{text}"):
        try:
            origin = canonical_origin(url, local=True)
        except BadAddress:
            continue
        assert canonical_origin(origin, local=True) == origin


@pytest.mark.parametrize(
    ("ours", "theirs", "warning"),
    [
        ("http://127.0.0.1:8400", "http://127.0.0.1:8080", None),
        ("http://localhost:8400", "http://[::1]:8080", None),
        ("http://127.0.0.1:8400", "http://192.168.1.5:8080", "loopback"),
        ("http://127.0.0.1:8400", "https://wa.example.com", "loopback"),
        ("http://localhost:8400", "https://wa.example.com", "loopback"),
        ("http://192.168.1.2:8400", "http://192.168.1.5:8080", None),
        ("http://192.168.1.2:8400", "http://127.0.0.1:8080", None),
        ("http://192.168.1.2:8400", "https://wa.example.com", "private"),
        ("http://sambung:8400", "https://wa.example.com", "private"),
        ("http://sambung.local", "https://8.8.8.8", "private"),
        ("https://sambung.example.com", "https://wa.example.com", None),
        ("https://sambung.example.com", "http://127.0.0.1:8080", None),
        ("https://8.8.4.4", "http://10.0.0.5", None),
    ],
)
def test_a_public_url_the_server_cannot_reach_is_warned_of(ours: str, theirs: str, warning: str | None) -> None:
    assert public_url_warning(ours, theirs) == warning
