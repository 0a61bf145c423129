"""Starts a store when a client connects to it: not before, and whichever client it is.

Python announces each connection to the hooks for it ("audit events", PEP 578) before it
is made. So an app that is built and never uses a store starts nothing, a server that
died is there again for the next connection, and the clients know nothing of it.
"""

import sys
import threading
import weakref

from flask_embedded.stores import Store

_stores: "weakref.WeakValueDictionary[str, Store]" = weakref.WeakValueDictionary()
_hooking = threading.Lock()
_hooked = False


def register(store: Store) -> Store:
    """Start this store when something connects to its socket, while the store is kept.

    Returns the store that has been registered for the socket before, if one was.
    """
    global _hooked
    with _hooking:
        if not _hooked:
            sys.addaudithook(before_connect)
            _hooked = True
    return _stores.setdefault(store.address, store)


def before_connect(event: str, args: tuple[object, ...]) -> None:
    """Have the server of a socket running; what this raises is raised by `connect`."""
    if event != "socket.connect":
        return
    address = args[1]
    if isinstance(address, str) and (store := _stores.get(address)):
        store.start()
