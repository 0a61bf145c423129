"""What can go wrong."""


class EmbeddedError(RuntimeError):
    """The app can't have an embedded store: said once, while the app is built."""


class StoreNotStarted(ConnectionError):
    """A store did not start, or could not be asked to.

    Raised inside a client's `connect`, so the client reports it as it reports a server
    that does not answer.
    """
