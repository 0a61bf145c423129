"""Starts the servers of one folder when asked to, and stops them after their last user.

A program, of the standard library alone: guardian.py FOLDER [LINK]. It returns when it
listens on `guardian.sock`, and goes on in the background. Each question is one line of
JSON; so is its answer. Who asks holds a shared lock on `users.lock`; a guardian that
gets the exclusive one knows that nobody can ask any more.

The guardian, its servers and its watcher hold `guardian.lock` together: a guardian that
comes later begins when the last of them has ended, also after kill -9 of any.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from select import select
from typing import Any

STARTS_WITHIN = 60  # seconds; reading a large store takes some
STOPS_WITHIN = 10  # seconds, then it is killed
PAUSE = 1  # seconds from a server that failed to the next try, or refuses to its stop
LARGE = 1_000_000  # bytes of a log, which begins anew with the next start

# Standard input ends when the guardian does, however it does. Process 0 is the group.
WATCH = 'trap "" TERM; read -r _; kill -TERM 0; rm -f "$@"'


class Server:
    """One server: its process, and why it failed last."""

    def __init__(self, name: str, family: int) -> None:
        """Know the server; family is the lock that its process will hold, too."""
        self.name = name
        self.family = family
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = False  # with the guardian
        self.failed = ""
        self.failed_at = 0.0

    def want(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Have it running; return whether it was started now, or why it was not."""
        with self.lock:
            if self.ended:
                raise ConnectionError
            if self.serves():
                return {"started": False}
            if time.monotonic() > self.failed_at + PAUSE:
                self.failed = self.start(wanted) or ""
                self.failed_at = time.monotonic() if self.failed else 0.0
            return {"error": self.failed} if self.failed else {"started": True}

    def serves(self) -> bool:
        """Tell whether clients get in: a server that is ending still has its process.

        It closes its socket first, and its clients learn of its end before we do. But
        one that is crowded may refuse for a moment, so we ask until the process ends.
        """
        end = time.monotonic() + PAUSE
        while self.process and self.process.poll() is None and time.monotonic() < end:
            if listens(f"{self.name}.sock"):
                return True
            time.sleep(0.01)
        return False

    def start(self, wanted: dict[str, Any]) -> str | None:
        """Start the process and wait until it answers; return why it does not."""
        self.stop()
        try:
            self.process, begin = launch(self.name, wanted["command"], self.family)
        except OSError as error:
            return str(error)
        threading.Thread(target=self.process.wait, daemon=True).start()
        end = time.monotonic() + STARTS_WITHIN
        while self.process.poll() is None and time.monotonic() < end:
            if answers(f"{self.name}.sock", wanted["hello"], wanted["answer"]):
                return None
            time.sleep(0.01)
        code = self.process.poll()
        self.stop()
        ended = f"ended with code {code}" if code is not None else "does not answer"
        return f"the server {ended}{last_words(f'{self.name}.log', begin)}"

    def stop(self) -> None:
        """Stop the process; it has time to write what it holds."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        remove(f"{self.name}.sock")


def launch(
    name: str, command: list[str], family: int
) -> tuple[subprocess.Popen[bytes], int]:
    """Return a server's new process, and where its part of the log begins."""
    log_name = f"{name}.log"
    large = os.path.exists(log_name) and os.path.getsize(log_name) > LARGE
    with open(log_name, "wb" if large else "ab") as log:
        begin = log.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[family],
        )
    return process, begin


class Guardian:
    """Listens, answers, and ends when it may."""

    def __init__(self, links: list[str]) -> None:
        """Wait for the family of an earlier guardian to end, then listen.

        links stand for the folder elsewhere; they are removed at the end.
        """
        self.links = links
        self.family = take_over()
        self.servers: dict[str, Server] = {}
        self.knowing = threading.Lock()
        self.ending = False
        for name in os.listdir():
            if name.endswith(".sock"):
                remove(name)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind("guardian.sock")
        self.listener.listen(128)
        self.listener.setblocking(False)
        self.end_reading, self.end_writing = os.pipe()
        os.set_blocking(self.end_writing, False)
        signal.set_wakeup_fd(self.end_writing)
        signal.signal(signal.SIGTERM, lambda *_: None)

    def run(self) -> None:
        """Answer until there is no user, or SIGTERM; then stop what was started."""
        threading.Thread(target=self.wait_for_users, daemon=True).start()
        threading.Thread(target=self.keep_watcher, daemon=True).start()
        while not self.is_told_to_end():
            with contextlib.suppress(BlockingIOError, ConnectionError):
                connection, _ = self.listener.accept()
                threading.Thread(
                    target=self.answer, args=[connection], daemon=True
                ).start()
        self.end()

    def is_told_to_end(self) -> bool:
        """Wait for a question, or to be told to end; tell whether it is the latter."""
        ready, _, _ = select([self.listener.fileno(), self.end_reading], [], [])
        return self.end_reading in ready

    def end(self) -> None:
        """Stop all servers; a question that comes now gets no answer."""
        with self.knowing:
            self.ending = True
        remove("guardian.sock")
        for server in self.servers.values():
            with server.lock:
                server.ended = True
                server.stop()
        for link in self.links:
            remove(link)

    def answer(self, connection: socket.socket) -> None:
        """Answer one question."""
        with connection, contextlib.suppress(ConnectionError):
            if line := connection.makefile("rb").readline():
                said = self.want(json.loads(line))
                connection.sendall(json.dumps(said).encode())

    def want(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Have the wanted server running."""
        name = wanted["name"]
        with self.knowing:
            if self.ending:
                raise ConnectionError
            server = self.servers.setdefault(name, Server(name, self.family))
        return server.want(wanted)

    def wait_for_users(self) -> None:
        """End when nobody holds the lock of users; then keep it until we are gone."""
        users = os.open("users.lock", os.O_RDWR)
        fcntl.flock(users, fcntl.LOCK_EX)
        os.write(self.end_writing, b"x")

    def keep_watcher(self) -> None:
        """Keep a shell that stops the servers when this process is killed."""
        while not self.ending:
            left = ["guardian.sock", "redis.sock", "mongo.sock", *self.links]
            subprocess.Popen(
                ["/bin/sh", "-c", WATCH, "sh", *left],
                stdin=subprocess.PIPE,
                pass_fds=[self.family],
            ).wait()


def take_over() -> int:
    """Take `guardian.lock`, which an earlier family holds until it has ended.

    Its watcher ends it at once. Where that was killed, too, we end it: the lock says
    which group of processes it is.
    """
    family = os.open("guardian.lock", os.O_RDWR | os.O_CREAT, 0o600)
    begin = time.monotonic()
    while True:
        try:
            fcntl.flock(family, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            waited = time.monotonic() - begin
            if waited > 2:
                hard = waited > 2 + STOPS_WITHIN
                end_family(family, signal.SIGKILL if hard else signal.SIGTERM)
            time.sleep(0.02)
    os.truncate(family, 0)
    os.pwrite(family, str(os.getpgrp()).encode(), 0)
    return family


def end_family(family: int, how: int) -> None:
    """Signal the group of processes that holds the lock."""
    with contextlib.suppress(ValueError, ProcessLookupError):
        os.killpg(int(os.pread(family, 20, 0)), how)


def listens(path: str) -> bool:
    """Tell whether somebody takes connections at path; one who is busy does."""
    with socket.socket(socket.AF_UNIX) as to:
        to.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # many wait to get in
            try:
                to.connect(path)
            except (ConnectionError, FileNotFoundError):
                return False
    return True


def answers(path: str, hello: str, answer: str) -> bool:
    """Tell whether a server at path takes connections, and says what it should."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as to:
        to.settimeout(1)
        to.connect(path)
        to.sendall(hello.encode())
        return not answer or to.recv(64).startswith(answer.encode())
    return False


def last_words(log: str, begin: int) -> str:
    """Return the last line that was written to a log since begin."""
    with open(log, "rb") as file:
        file.seek(begin)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""


def remove(path: str) -> None:
    """Remove a socket or a link, where there is one."""
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)


def main() -> None:
    """Begin in the background; return when questions are answered, or with an error."""
    os.umask(0o077)
    os.chdir(sys.argv[1])
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        said = os.read(reading, 1000).decode()
        sys.exit(None if said == "ready" else said or "it ended at once")
    os.setsid()
    with open("guardian.log", "wb") as log, open(os.devnull, "rb") as nothing:
        for number, to in enumerate([nothing, log, log]):
            os.dup2(to.fileno(), number)
    try:
        guardian = Guardian(sys.argv[2:])
    except OSError as error:
        os.write(writing, str(error).encode())
        return
    os.write(writing, b"ready")
    os.close(writing)
    guardian.run()


if __name__ == "__main__":
    main()
