"""Requirements: cut the pinned versions down to those that a checkpoint needs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from course.errors import Problem, SourceError

PINS = "constraints.txt"
REQUIREMENT_FILES = ("requirements.txt", "test/requirements.txt")
OWN_PACKAGES = "extensions/"  # requirements name what is in there by its path
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)", re.MULTILINE)
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)")


@dataclass(slots=True)
class _Pin:
    lines: list[str]  # the pin itself and its hashes
    via: list[str] = field(default_factory=list)
    ending: str = "\n"


def canonicalize_name(name: str) -> str:
    """Return a package's name as indexes compare it: `Flask_WTF` is `flask-wtf`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(constraints: bytes, asked: Mapping[str, bytes]) -> bytes:
    """Keep the pins that `asked` (path -> requirements) needs, and who needs them.

    Who needs whom stands in the `# via` lines, so nothing is looked up anywhere. Raises
    SourceError, with file and line, for a requirement that has no pin.
    """
    head, pins = _read_pins(constraints.decode("utf-8", "surrogateescape"))
    needed: set[str] = set()
    roots: dict[str, set[str]] = {}
    problems = []
    for path, data in asked.items():
        for line, name in names(data):
            roots.setdefault(name, set()).add(path)
            if name not in pins:
                message = f"`{name}` is not in {PINS}: run `make lock`"
                problems.append(Problem(path, line, message))
    if problems:
        raise SourceError(problems)
    waiting = list(roots)
    needs: dict[str, list[str]] = {}
    for name, pin in _each(pins):
        for other in pin.via:
            needs.setdefault(canonicalize_name(other), []).append(name)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += needs.get(name, [])
    parts = [head]
    for name, pin in _each(pins):
        if name in needed:
            via = [v for v in pin.via if _is_needed(v, needed, roots.get(name, set()))]
            parts.append("".join(pin.lines) + _write_via(via, pin.ending))
    return "".join(parts).encode("utf-8", "surrogateescape")


def is_installed_from(path: str) -> bool:
    """Tell whether an environment is made from a file: requirements, pins, packages."""
    return path in (PINS, *REQUIREMENT_FILES) or path.startswith(OWN_PACKAGES)


def without_paths(constraints: bytes) -> bytes:
    """Leave out of a compiled file the packages that are named by their path."""
    return re.sub(rb"^\./.*\n(?:    #.*\n)*", b"", constraints, flags=re.MULTILINE)


def pinned_versions(constraints: bytes) -> set[tuple[str, str]]:
    """Return each package that is pinned, with its version; on some systems several."""
    found = _PIN.findall(constraints.decode(errors="replace"))
    return {(canonicalize_name(name), version) for name, version in found}


def names(data: bytes) -> list[tuple[int, str]]:
    """List the packages that a requirements file asks for, with their lines from 1."""
    found = []
    for number, line in enumerate(data.decode(errors="replace").splitlines(), start=1):
        match = _NAME.match(line)
        if match:
            found.append((number, canonicalize_name(match[1])))
    return found


def _is_needed(via: str, needed: set[str], asked_by: set[str]) -> bool:
    if via.startswith("-r "):
        return any(path == via[3:].strip() for path in asked_by)
    return canonicalize_name(via) in needed


def _each(pins: dict[str, list[_Pin]]) -> Iterator[tuple[str, _Pin]]:
    for name, those in pins.items():
        for pin in those:
            yield name, pin


def _read_pins(text: str) -> tuple[str, dict[str, list[_Pin]]]:
    """Split a compiled file into what stands above the first pin, and the pins.

    A package has several where systems or Pythons differ in its version.
    """
    head: list[str] = []
    pins: dict[str, list[_Pin]] = {}
    pin: _Pin | None = None
    in_via = False
    for line in text.splitlines(keepends=True):
        comment = line.strip().removeprefix("#").strip() if "#" in line else ""
        match = _NAME.match(line) if line[:1] not in " \t#-" else None
        if match:
            pin = _Pin([line])
            pins.setdefault(canonicalize_name(match[1]), []).append(pin)
            pin.ending = "\r\n" if line.endswith("\r\n") else "\n"
            in_via = False
        elif pin is None:
            head.append(line)
        elif line.strip().startswith("#") and (in_via or comment.startswith("via")):
            in_via = True
            name = comment.removeprefix("via").strip() if comment[:3] == "via" else ""
            name = name if comment == "via" or comment.startswith("via ") else comment
            if name:
                pin.via.append(name)
        else:
            in_via = False
            pin.lines.append(line)
    return "".join(head), pins


def _write_via(via: list[str], ending: str) -> str:
    if not via:
        return ""
    if len(via) == 1:
        return f"    # via {via[0]}{ending}"
    return "".join(f"{line}{ending}" for line in ["    # via", *_rows(via)])


def _rows(via: list[str]) -> list[str]:
    return [f"    #   {name}" for name in via]
