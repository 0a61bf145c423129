"""nx-27017 on a Unix socket: its own command listens on TCP only, for everybody here.

A program: mongo_server.py SOCKET FOLDER, ended by SIGTERM. Its log is standard error.
"""

import asyncio
import contextlib
import logging
import signal
import sys

from nx_27017.handler import NeoSQLiteHandler
from nx_27017.server import handle_client


async def serve(path: str, folder: str) -> None:
    """Answer at path from the SQLite files in folder, until SIGTERM."""
    handler = NeoSQLiteHandler(data_dir=folder)

    async def answer(to: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):  # at the end
            await handle_client(to, back, handler)

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    server = await asyncio.start_unix_server(answer, path)
    await ended.wait()
    server.close()  # before its clients are told: those who come back find none here


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(message)s")
    asyncio.run(serve(*sys.argv[1:]))
