"""Which addresses of the network are out of reach, however they are written."""

import pytest

from sensorium.fetch.reach import Reach

PUBLIC = ("8.8.8.8", "93.184.216.34", "2606:4700::1111", "2001:4860:4860::8888", "64:ff9b::808:808", "::ffff:8.8.8.8")
PRIVATE = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.127.255.254", "100.100.100.200", "192.0.0.192",
    "198.18.0.1", "192.0.2.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "100::1", "not an address", "",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_within_reach(address):
    assert Reach().admits(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_nothing_else_is(address):
    assert not Reach().admits(address)


def test_a_network_that_is_allowed_is_within_reach_also_written_as_ipv6():
    reach = Reach.of(["10.1.0.0/16", "fd12::/16"])
    assert [reach.admits(a) for a in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::5", "10.2.0.1", "127.0.0.1")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_what_is_no_network_cannot_be_allowed():
    with pytest.raises(ValueError, match=r"10\.1\.0\.5/16"):
        Reach.of(["10.1.0.5/16"])
