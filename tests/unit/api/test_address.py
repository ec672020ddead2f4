"""The address a request is taken to come from, when proxies and others say something about it."""

from ipaddress import ip_network
from typing import Any

import pytest

from entrypoints.api.address import client_address

PROXIES = tuple(map(ip_network, ("10.0.0.0/8", "fd00::/8", "192.0.2.7/32")))
CLIENT = "203.0.113.9"


def seen(peer: str | None, *forwarded: str, trusted: Any = PROXIES, **others: str) -> str:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in others.items()]
    return client_address({"client": peer and (peer, 4711), "headers": headers}, trusted)


@pytest.mark.parametrize("said", ["1.2.3.4", "10.0.0.1", "127.0.0.1", "1.2.3.4, 10.0.0.1", "", "nonsense"])
def test_a_stranger_is_not_believed(said: str) -> None:
    assert seen(CLIENT, said) == CLIENT
    assert seen(CLIENT, said, trusted=()) == CLIENT
    assert seen("10.0.0.1", said, trusted=()) == "10.0.0.1"  # nobody is trusted unless named


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ([CLIENT], CLIENT),
        (["1.2.3.4, " + CLIENT], CLIENT),  # the client itself wrote the first
        (["10.0.0.9, " + CLIENT + ", 10.1.1.1, 192.0.2.7"], CLIENT),
        (["1.2.3.4", CLIENT], CLIENT),
        ([CLIENT, "10.0.0.2"], CLIENT),
        ([CLIENT + ":51234"], CLIENT),
        (["::ffff:" + CLIENT], CLIENT),
        (["[2001:db8:1:2:3::4]:51234"], "2001:db8:1:2::/64"),
        (["10.9.9.9, 10.8.8.8"], "10.9.9.9"),  # all of the house: the first of them
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
        (["unknown"], "10.0.0.1"),
        ([CLIENT + ", unknown"], "10.0.0.1"),
        ([CLIENT + ", unknown, 10.0.0.5"], "10.0.0.5"),
        (["\xff, " + CLIENT + " , 10.0.0.5 "], CLIENT),
    ],
)
def test_a_proxy_is_believed_as_far_as_the_chain_is_trusted(forwarded: list[str], address: str) -> None:
    assert seen("10.0.0.1", *forwarded) == address


def test_no_other_header_is_believed() -> None:
    said = {
        "forwarded": f"for={CLIENT}",
        "x_real_ip": CLIENT,
        "true_client_ip": CLIENT,
        "cf_connecting_ip": CLIENT,
    }
    for name, value in said.items():
        assert seen("10.0.0.1", **{name: value}) == "10.0.0.1"


def test_one_customers_ipv6_addresses_are_one() -> None:
    assert seen("2001:db8:1:2::1") == seen("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert seen("2001:db8:1:3::1") == "2001:db8:1:3::/64"
    assert seen("fe80::1%eth0") == "fe80::/64"
    assert seen("::ffff:203.0.113.9") == CLIENT


def test_a_unix_socket_has_none() -> None:
    assert seen(None, CLIENT) == ""
