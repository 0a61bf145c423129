"""The socket on which the development server listens."""

import errno
import ipaddress
import socket

import click

FIRST_PORT, LAST_PORT = 5000, 5099


def listen(host: str, chosen_port: int | None) -> socket.socket:
    """Listen on the chosen port, or on the first free one, and print the address.

    Raises click.ClickException where no port is free, or where host is not ours.
    """
    ports = range(FIRST_PORT, LAST_PORT + 1) if chosen_port is None else [chosen_port]
    for port in ports:
        listener = open_listener(host, port)
        if listener:
            break
    else:
        raise click.ClickException(f"port {ports[-1]} is taken: choose another")
    if port != ports[0]:
        print(f"Port {ports[0]} is taken: using {port}")
    shown = f"[{host}]" if ":" in host else host
    print(f"Listening on http://{shown}:{port}/ (Ctrl+C ends it)", flush=True)
    return listener


def open_listener(host: str, port: int) -> socket.socket | None:
    """Return a socket that listens there; None where another program does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, dualstack_ipv6=both)
    except (OSError, OverflowError, UnicodeError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            return None
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error}"
        ) from error


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
