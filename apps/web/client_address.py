"""Where a request comes from, as something to count by."""

import ipaddress

from flask import request

IPV6_PREFIX = 64  # bits; whoever has one IPv6 address has all that share these


def client_address() -> str:
    """Return the address of whoever asks; of an IPv6 address, its network."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:  # a Unix socket has no address
        return "address-unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return f"address-{address}"
    network = ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False)
    return f"address-{address.ipv4_mapped or network}"
