"""The typist: follows a chapter's text step by step, and compares the result."""

import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from course.branches.scratch_repository import write_checkpoints
from course.errors import SourceError
from course.git.command import run_git
from course.git.excluding import exclude
from course.run.linking import link_packages
from course.run.scratch import scratch
from course.source.requirements import PINS, closure, names
from course.source.weave import Source, start_tree
from course.text.comparison import compare_at, named_files, relevant
from course.text.diffs import unified
from course.text.following import Point, points, tree_after
from course.text.listing import commands, given_paths, type_block
from course.text.matching import (
    difference,
    last_lines,
    matches,
    printed_lines,
    shown_lines,
)
from course.text.parser import CONSOLES, Block, Part, TextError, read_texts
from course.text.servers import READERS_HOME, Ports, Server, ServerDown
from course.text.session import (
    COMMAND_TIMEOUT_SECONDS,
    CommandFailed,
    Session,
    variables,
)
from course.text.terminals import read_terminals
from course.tree import SYMLINK, File, Tree, read_file, read_paths

TRIAL_STARTUP_TIMEOUT_SECONDS = 60.0  # of a server whose code may well be broken
MAX_SHOWN_DIFFS = 4  # shown of files that end otherwise
RETRYING = re.compile(r"^WARNING: Retrying \(Retry\(.*\n", re.MULTILINE)
PIP = re.compile(r"python -m pip install -q(?: -r \S+)+")
NEEDS_NO_SERVER = re.compile(r"(git|rm|python -m (pytest|pip)) ")
INSTALLED = re.compile(r" -r (\S+)")
GENERATED = "README.md"  # of a checkpoint: made by the weaver, typed by nobody

Environment = Callable[[Tree, Path], object]
Progress = Callable[[Block, int, int], None]
Drift = Callable[[Block, int, list[str]], None]


@dataclass(frozen=True, slots=True)
class TypingResult:
    """How much was typed and run, and how many seconds it took."""

    blocks: int
    commands: int
    seconds: float
    test_seconds: tuple[float, ...]  # that the test runs of each part took

    @property
    def summary(self) -> str:
        """What was done, in a few words."""
        tests = " + ".join(f"{seconds:.1f}" for seconds in self.test_seconds)
        return f"{self.blocks} blocks, {self.commands} commands, tests {tests} s"


def type_chapter(
    source: Source,
    n: int,
    *,
    environment: Environment,
    python: Path | None = None,
    prepared: Path | None = None,
    progress: Progress | None = None,
    drift: Drift | None = None,
) -> TypingResult:
    """Type chapter n from its start, running its commands; the result is checkpoint n.

    What needs nothing run is checked first, and fails in milliseconds. environment
    makes the virtual environment of a tree in a folder; python is what `python3` means
    in chapter 1 (by default the one that runs this). prepared is an environment of the
    chapter's end, from which what the text installs is linked first. progress is called
    with each block, its index and the number of blocks. Raises TextError at the first
    thing that does not hold; where drift is given, it gets an output that differs, and
    typing goes on.
    """
    begun = time.monotonic()
    chapter, target = source.course.chapter(n), source.weave(n)
    parts = read_texts(target, chapter)
    before = start_tree(source.weave(n - 1), target, chapter.folder)
    _compare(tree_after(before, target, parts, tries=True), target, parts)
    with scratch("text") as work_folder:
        folder = _checkout(source, n, work_folder)
        if n > 1:
            environment(source.weave(n - 1), folder / ".venv")
        with _session(n, folder, python) as session:
            if n > 1:
                session.run(". .venv/bin/activate")
            typist = _Typist(folder, target, session, drift, prepared)
            named = named_files(parts, target)
            compare = _Comparing(points(before, target, parts), named)
            _follow(parts, typist, compare, progress)
            _compare(typist.tree(), target, parts)
    tests = tuple(typist.test_seconds[part.number] for part in parts)
    seconds = time.monotonic() - begun
    blocks = sum(len(part.blocks) for part in parts)
    return TypingResult(blocks, typist.commands, seconds, tests)


def _session(n: int, folder: Path, python: Path | None) -> Session:
    """Open the reader's terminal in a folder."""
    work_folder = folder.parents[2]
    first = None if n > 1 else _bare_python(python, work_folder / "bin")
    env = variables(work_folder / "home", first)
    return Session(folder, env, work_folder / "outputs")


def _follow(
    parts: Sequence[Part],
    typist: "_Typist",
    compare: "_Comparing",
    progress: Progress | None,
) -> None:
    """Do what each block says, and compare as a reader may where a step ends."""
    blocks = [block for part in parts for block in part.blocks]
    ended = {
        block: servers
        for part in parts
        for block, servers in read_terminals(part).ended.items()
    }
    pairs = zip(blocks, [*blocks[1:], None], strict=True)
    for index, (block, after) in enumerate(pairs):
        if progress:
            progress(block, index, len(blocks))
        typist.end(ended.get(block, []))
        typist.do(block)
        if after is None or after.part != block.part:
            typist.end(list(typist.servers))
        if typist.drift is None and _is_end(block, after):
            compare.silent(block, typist.tree())


def _is_end(block: Block, after: Block | None) -> bool:
    """Whether a step or a part ends with a block, but not the whole chapter."""
    if after is None:
        return False
    return (block.part, block.step, block.beyond) != (
        after.part,
        after.step,
        after.beyond,
    )


@dataclass(frozen=True, slots=True)
class _Comparing:
    """What `course compare` says to a reader who has typed all rightly: nothing."""

    points: list[Point]
    named: set[str]

    def silent(self, block: Block, tree: Tree) -> None:
        """Raise TextError where it would name a file after a block's step."""
        found = compare_at(self.points[block.step], relevant(tree), self.named)
        if found:
            what = "".join(f"{one.path}: {one.words()}\n" for one in found)
            message = f"`course compare` would not be silent after step {block.step}"
            raise block.error(-1, message, what)


def _checkout(source: Source, n: int, work_folder: Path) -> Path:
    """Make the reader's clone with a linked work tree at the start of chapter n."""
    trees = [source.weave(number) for number in range(n + 1)]
    folders = [source.course.chapter(number).folder for number in range(1, n + 1)]
    starts = [
        start_tree(trees[i], trees[i + 1], folder) for i, folder in enumerate(folders)
    ]
    clone = work_folder / "home" / "lectern"
    write_checkpoints(clone, list(trees[1:]), list(starts))
    exclude(clone / ".git")
    branch = ["-b", f"my-chapter-{n}", "mine", f"refs/course/start-{n}"]
    run_git(clone, "worktree", "add", "--quiet", *branch)
    return clone / "mine"


def _bare_python(python: Path | None, folder: Path) -> Path:
    """Return a folder for PATH in which `python3` is the chosen Python, bare."""
    real = (python or Path(sys.executable)).resolve()
    python3 = real.parent / "python3"
    if python3.exists() and python3.resolve() == real:
        return real.parent
    folder.mkdir(parents=True, exist_ok=True)
    wrapper = folder / "python3"
    wrapper.write_text(f"#!/bin/sh\nexec '{real}' \"$@\"\n")
    wrapper.chmod(0o755)
    return folder


@dataclass
class _Typist:
    folder: Path
    target: Tree
    session: Session
    drift: Drift | None
    prepared: Path | None = None
    commands: int = 0
    test_seconds: defaultdict[int, float] = field(
        default_factory=lambda: defaultdict(float)
    )
    ports: Ports = field(default_factory=Ports)
    servers: dict[Block, Server] = field(default_factory=dict)
    stale: bool = False  # files changed since the servers were started
    undo: dict[str, File] = field(default_factory=dict)
    tried: bool = False
    clock: int = field(default_factory=lambda: int(time.time()) - 1_000_000)

    def do(self, block: Block) -> None:
        """Do what one block says."""
        if block.kind in CONSOLES:
            self._console(block)
        elif block.target:
            self._type(block)

    def end(self, blocks: Iterable[Block]) -> None:
        """Stop the servers that these blocks began."""
        for block in blocks:
            if server := self.servers.pop(block, None):
                server.stop(self.session)

    def _type(self, block: Block) -> None:
        before = read_file(self.folder / block.target)
        if before and before.mode == SYMLINK:
            raise block.error(-1, f"`{block.target}` is a symbolic link")
        tree = {block.target: before} if before else {}
        type_block(block, tree, self.target)
        if block.kind == "once":
            return
        if block.kind == "try" and before:
            self.tried = True
            self.undo.setdefault(block.target, before)
        self._write(block.target, tree[block.target])

    def _write(self, path: str, file: File) -> None:
        """Write a file with a time of its own, so that no stale bytecode fits it."""
        self._stop_servers()
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        target.chmod(file.mode & 0o777)
        self.clock += 2
        os.utime(target, (self.clock, self.clock))

    def _console(self, block: Block) -> None:
        all_commands = commands(block)
        alone = all(NEEDS_NO_SERVER.match(command) for _, command, _ in all_commands)
        if alone and given_paths(block):
            self._stop_servers()
        if self.stale and not alone:
            self._restart(block)
        last = len(all_commands) - 1
        for index, (row, command, shown) in enumerate(all_commands):
            if block.kind == "server" and index == last:
                self._serve(block, row, command, shown)
            else:
                fails = block.kind == "fails" and index == last
                self._run(block, index, row, command, shown, fails)
        if given_paths(block) or block.makes:
            self.stale = True
        for path, file in self.undo.items():
            self._write(path, file)
        self.undo.clear()
        self.tried = False

    def _run(
        self,
        block: Block,
        index: int,
        row: int,
        command: str,
        shown: list[str],
        fails: bool,
    ) -> None:
        self.commands += 1
        limit = float(block.info.get("limit", COMMAND_TIMEOUT_SECONDS))
        self._link_packages(command)
        begun = time.monotonic()
        try:
            ran = self.session.run(self.ports.to_real(command), limit)
        except CommandFailed as error:
            raise block.error(row, f"`{command}` {error}") from None
        if "pytest" in command:
            self.test_seconds[block.part] += time.monotonic() - begun
        lines = printed_lines(self._readable(ran.output))
        expected = shown_lines(shown)
        diff = difference(expected, lines)
        if fails != (ran.code != 0):
            wanted = "a failure" if fails else "success"
            message = f"`{command}` gave exit code {ran.code}, expected {wanted}"
            raise block.error(row, message, diff + last_lines(lines))
        if matches(expected, lines):
            return
        if self.drift is None:
            raise block.error(row, f"`{command}` printed something else", diff)
        self.drift(block, index, lines)

    def _link_packages(self, command: str) -> None:
        """Before pip installs from requirements, link what it would only copy.

        pip is run all the same: it has the last word on what is missing or is another
        version.
        """
        files = INSTALLED.findall(command) if PIP.fullmatch(command) else []
        environment = self.folder / ".venv"
        asked = read_paths(self.folder, [*files, PINS])
        pins = asked.pop(PINS, None)
        if not (self.prepared and pins and asked and environment.is_dir()):
            return
        with suppress(SourceError):
            needed = closure(pins.data, {p: file.data for p, file in asked.items()})
            wanted = {name for _, name in names(needed)}
            link_packages(self.prepared, environment, wanted)

    def _readable(self, output: str) -> str:
        """Put the reader's home and the text's ports into what was printed.

        What pip says of an index that answered late is left out: it is no drift.
        """
        output = RETRYING.sub("", output.replace(self._home, READERS_HOME))
        return self.ports.to_nominal(output)

    @property
    def _home(self) -> str:
        return str(self.folder.parents[1])

    def _serve(self, block: Block, row: int, command: str, shown: list[str]) -> None:
        self.commands += 1
        server = Server(command, shown_lines(shown))
        server.limit = float(block.info.get("limit", server.limit))
        for other_block, other in self.servers.items():
            if shared := other.ports & server.ports:
                first = f"the server of line {other_block.line} has port {min(shared)}"
                raise block.error(row, f'{first}: say before "Press Ctrl+C"')
        try:
            settle = 1.5 if self.drift else None
            ran = server.start(self.session, self.ports, self._home, settle=settle)
        except ServerDown as error:
            raise block.error(row, f"`{command}`: {error}", error.diff) from None
        self.servers[block] = server
        if self.drift and not matches(server.shown, ran):
            self.drift(block, len(commands(block)) - 1, ran)
            server.shown = ran

    def _stop_servers(self) -> None:
        """Stop the servers before files change: their own reloaders would only race."""
        if not self.stale:
            for server in self.servers.values():
                server.stop(self.session)
        self.stale = True

    def _restart(self, block: Block) -> None:
        """Start the servers again, with the files as they are now."""
        limit = TRIAL_STARTUP_TIMEOUT_SECONDS if self.tried else 0.0
        for server in self.servers.values():
            server.stop(self.session)
        for server in self.servers.values():
            message = f"`{server.command}`, started again before this block"
            if port := server.taken_port(self.ports):  # as if the try had broken it
                why = f"another program has taken port {port}"
                raise block.error(-1, f"{message}: {why}")
            try:
                server.start(self.session, self.ports, self._home, limit)
            except ServerDown as error:
                if not self.tried:
                    raise block.error(-1, f"{message}: {error}", error.diff) from None
        self.stale = False

    def tree(self) -> dict[str, File]:
        """Read all that git would keep, and whatever the checkpoint has."""
        flags = ["-z", "--cached", "--others", "--exclude-standard"]
        listed = run_git(self.folder, "ls-files", *flags).stdout
        paths = {os.fsdecode(path) for path in listed.split(b"\0") if path}
        return read_paths(self.folder, sorted(paths | self.target.keys()))


def _compare(ended: Tree, target: Tree, parts: list[Part]) -> None:
    """Raise TextError, at the block responsible, where the result differs."""
    faults = list(differences(ended, target))
    if not faults:
        return
    blocks = [block for part in parts for block in part.blocks]
    faults.sort(key=lambda fault: not fault[2])  # those with a diff say most
    path, message, diff = faults[0]
    about = [b for b in blocks if path == b.target or path in _fetched(b)]
    where = (about or blocks)[-1:]
    others = "".join(f"{message}\n" for _, message, _ in faults[1:])
    diffs = [diff for _, _, diff in faults[1:] if diff][:MAX_SHOWN_DIFFS]
    line = where[0].line if where else None
    text = where[0].path if where else parts[-1].path
    raise TextError(text, line, message, "".join([diff, others, *diffs]))


def _fetched(block: Block) -> list[str]:
    return [*given_paths(block), *block.makes] if block.kind in CONSOLES else []


def differences(typed: Tree, target: Tree) -> Iterable[tuple[str, str, str]]:
    """Yield path, message and diff for each file that is not as in the checkpoint."""
    for path in sorted({*typed, *target} - {GENERATED}):
        ours, theirs = typed.get(path), target.get(path)
        if ours is None:
            yield path, f"`{path}` is missing at the end of the text", ""
        elif theirs is None:
            yield path, f"`{path}` is there at the end, and not in the checkpoint", ""
        elif ours.data != theirs.data:
            old, new = (f.data.decode("utf-8", "replace") for f in (theirs, ours))
            diff = unified(
                old.split("\n"), new.split("\n"), f"{path} (checkpoint)", "as typed"
            )
            yield path, f"`{path}` as typed differs from the checkpoint", diff
        elif ours.mode != theirs.mode:
            wanted = f"{theirs.mode:o}, typed {ours.mode:o}"
            yield path, f"`{path}` has mode {wanted}", ""
