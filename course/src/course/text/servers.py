"""The servers that a text starts: wait for them, restart them, stop them."""

import re
import socket
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError
from course.run import process_tree
from course.run.ports import ADDRESS, first_free, free_port
from course.text.matching import (
    DOTS,
    difference,
    last_lines,
    matches,
    printed_lines,
)
from course.text.session import Session

STARTUP_TIMEOUT_SECONDS = 120.0  # for a server to come up
READERS_HOME = "/home/you"  # stands in outputs for the scratch folder
SHUTDOWN_TIMEOUT_SECONDS = 3.0  # for a server to end by itself
_NOMINAL = re.compile(r"(?<![\d.])50\d\d(?![\d.]?\d)")


class Ports:
    """Free ports that stand for the text's 5000 to 5099; each is chosen once."""

    def __init__(self) -> None:
        """Begin with none; each is chosen when it is first met."""
        self._real: dict[str, str] = {}

    def to_real(self, command: str) -> str:
        """Put free ports into a command."""
        return _NOMINAL.sub(lambda match: self.real(match[0]), command)

    def real(self, nominal: str) -> str:
        """Return the free port that stands for one of the text's."""
        if nominal not in self._real:
            self._real[nominal] = str(free_port())
        return self._real[nominal]

    def to_nominal(self, output: str, unnamed: Collection[str] = ()) -> str:
        """Put the text's ports back, but for those that are still to be learnt."""
        for nominal, real in self._real.items():
            if nominal not in unnamed:
                output = re.sub(rf"(?<!\d){real}(?!\d)", nominal, output)
        return output

    def learn(self, shown: Sequence[str], output: str, chosen: set[str]) -> None:
        """Take from a server's output the ports that it chose by itself.

        shown is what the text shows, chosen the ports that its command named.
        """
        for line in shown:
            unnamed = [n for n in _NOMINAL.findall(line) if n not in chosen]
            if not unnamed:
                continue
            literal = r".*".join(re.escape(part) for part in line.split(DOTS))
            pattern = re.sub("|".join(unnamed), r"(\\d{4,5})", literal)
            for printed in printed_lines(output):
                if match := re.fullmatch(pattern, self.to_nominal(printed, unnamed)):
                    self._real.update(zip(unnamed, match.groups(), strict=True))
                    break


def nominal_ports(*texts: str) -> set[str]:
    """Return the text's ports in a command or its output."""
    return {port for text in texts for port in _NOMINAL.findall(text)}


class ServerDown(CourseError):
    """A server did not come up as shown; `.diff` shows what it printed instead."""

    def __init__(self, message: str, diff: str) -> None:
        """Keep the difference with the message."""
        self.diff = diff
        super().__init__(message)


@dataclass(slots=True)
class Server:
    """A server that the text started, as it was written there."""

    command: str
    shown: list[str]
    limit: float = field(default_factory=lambda: STARTUP_TIMEOUT_SECONDS)
    pid: int = 0
    output: Path = Path()
    ports: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Find the ports that this server takes."""
        self.ports = nominal_ports(self.command, *self.shown)

    def start(
        self,
        session: Session,
        ports: Ports,
        home: str,
        limit: float = 0.0,
        settle: float | None = None,
    ) -> list[str]:
        """Start it and wait until it prints what is shown and its ports answer.

        home is what the text calls /home/you. Returns what it printed; raises
        ServerDown when it ends, or is not up within the limit in seconds. With settle,
        any output will do that has not changed for so many seconds.
        """
        chosen = nominal_ports(self.command)
        self.pid, self.output = session.serve(ports.to_real(self.command))
        end = time.monotonic() + (limit or self.limit)
        seen: list[str] = []
        since = time.monotonic()
        while True:
            running = bool(process_tree.alive({self.pid}))
            raw = self.output.read_bytes().decode("utf-8", "replace")
            ports.learn(self.shown, raw, chosen)
            text = ports.to_nominal(raw)
            lines = printed_lines(text.replace(home, READERS_HOME))
            up = all(_accepts(ports.real(port)) for port in self.ports)
            if running and up and matches(self.shown, lines):
                return lines
            if lines != seen:
                seen, since = lines, time.monotonic()
            if running and up and settle and time.monotonic() - since > settle:
                return lines
            late = time.monotonic() > end
            if not running or late:
                why = "did not come up as shown" if running else "ended"
                diff = difference(self.shown, lines) + last_lines(lines)
                raise ServerDown(f"the server {why}", diff)
            time.sleep(0.03)

    def taken_port(self, ports: Ports) -> str | None:
        """Return one of its ports, as the text names it, that another program holds."""
        taken = (p for p in self.ports if first_free([int(ports.real(p))]) is None)
        return min(taken, default=None)

    def stop(self, session: Session) -> None:
        """End the server and what it started; its number may be another's by now.

        One that ends while it begins a worker may leave that behind. It would keep the
        port, and answer with the code of that moment.
        """
        bash = session.bash.pid
        others = process_tree.strays(bash)
        ending = process_tree.descendants(self.pid) & process_tree.family(bash)
        while ending:
            process_tree.stop(ending, SHUTDOWN_TIMEOUT_SECONDS)
            ending = process_tree.strays(bash) - others


def _accepts(port: str) -> bool:
    try:
        socket.create_connection((ADDRESS, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
