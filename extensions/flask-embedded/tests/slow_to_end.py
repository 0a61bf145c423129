"""A server that says its number and, once told to end, is held where it is ending.

A program: slow_to_end.py SOCKET. Told to end, it closes and removes its socket, then
its connection, as servers do; but its process lives until a signal ends it.
"""

import contextlib
import os
import signal
import socket
import sys

told = b""
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(sys.argv[1])
    listener.listen()
    while told != b"end":
        connection, _ = listener.accept()
        told = connection.recv(3)
        with contextlib.suppress(BrokenPipeError):  # of the guardian, who only looks
            connection.sendall(str(os.getpid()).encode())
        if told != b"end":
            connection.close()
os.remove(sys.argv[1])
connection.close()
signal.pause()
