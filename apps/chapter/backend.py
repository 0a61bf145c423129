"""The texts on disk: a folder `NN-slug` a chapter, a Markdown file a part."""

import re
from functools import cached_property
from pathlib import Path

from apps.chapter.about import About, read_about  # chapter 5
from apps.chapter.heading import title_of, without_notes  # chapter 5
from apps.chapter.models import Chapter, Part

FOLDER = re.compile(r"([0-9]+)-([a-z0-9]+(?:-[a-z0-9]+)*)")
PART_FILE = re.compile(r"([0-9]+)-[a-z0-9-]+")
PICTURE = re.compile(r"[A-Za-z0-9][\w-]*\.(?:png|svg)", re.A)  # chapter 5
EXERCISE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")  # chapter 5


class ChapterNotFound(Exception):
    """There is no chapter, or no part of it, with this name."""


class TextsUnreadable(Exception):
    """The folder of the chapters, or a text in it, is missing or can't be read."""


class Catalogue:
    """The chapters in one folder.

    A name that comes with a request is looked up here; it never becomes part of a
    path, so that no request can lead out of the folder. Nor can a symbolic link: only
    regular files below the folder are texts. Of two chapters with one slug the first
    counts.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the folder; it is read when a chapter is first asked for."""
        self.folder = folder

    @property
    def chapters(self) -> list[Chapter]:
        """List the chapters, by number."""
        return [chapter for chapter, _ in self._found.values()]

    def find(self, slug: str, name: str = "") -> tuple[Chapter, Part]:
        """Return a chapter and its part `name` (the first one's is empty).

        Raises ChapterNotFound.
        """
        chapter, _ = self._found.get(slug, (None, None))
        if chapter is None:
            raise ChapterNotFound(f"There is no chapter {slug!r}.")
        for part in chapter.parts:
            if part.name == name:
                return chapter, part
        raise ChapterNotFound(f"Chapter {slug!r} has no part {name!r}.")

    def text(self, chapter: Chapter, part: Part) -> str:
        """Read the text of a part as it is on disk now. Raises TextsUnreadable."""
        _, folder = self._found[chapter.slug]
        return _read(folder / _file_of(part.name))

    # region chapter 5: pictures-exercises
    def picture(self, slug: str, file: str) -> Path:
        """Return the path of a picture in a chapter's folder.

        Raises ChapterNotFound, also where the file is of another kind.
        """
        chapter, _ = self.find(slug)
        path = self._found[chapter.slug][1] / file
        if not PICTURE.fullmatch(file) or not self._is_text(path):
            raise ChapterNotFound(f"Chapter {slug!r} has no picture {file!r}.")
        return path

    def exercise(self, slug: str, name: str) -> tuple[Chapter, Part, str]:
        """Return a chapter, and the title and the text of one of its exercises.

        Raises ChapterNotFound, TextsUnreadable.
        """
        chapter, _ = self.find(slug)
        path = self._found[chapter.slug][1] / "exercises" / name / "README.md"
        if not EXERCISE.fullmatch(name) or not self._is_text(path):
            raise ChapterNotFound(f"Chapter {slug!r} has no exercise {name!r}.")
        return chapter, Part(0, name, _title(path, name)), _read(path)

    # endregion pictures-exercises
    # region chapter 5: version
    def version(self, chapter: Chapter, part: Part) -> str | None:
        """Return a string that changes when the text does; None where it is gone."""
        _, folder = self._found[chapter.slug]
        try:
            state = (folder / _file_of(part.name)).stat()
        except OSError:
            return None
        return f"{state.st_ino} {state.st_mtime_ns} {state.st_size}"

    # endregion version
    # region chapter 5: about
    @cached_property
    def about(self) -> dict[str, About]:
        """What the manifests say, by the chapters' slugs; they are read once."""
        return {
            slug: read_about(folder / "chapter.toml")
            for slug, (_, folder) in self._found.items()
        }

    # endregion about

    @cached_property
    def _found(self) -> dict[str, tuple[Chapter, Path]]:
        """Read the folder, once: every chapter by its slug, with its folder."""
        found = []
        for number, slug, folder in self._folders():
            parts = [Part(1, "", _title(folder / "README.md", slug))]
            for path in folder.glob("*.md"):
                match = PART_FILE.fullmatch(path.stem)
                if match and int(match[1]) > 1 and self._is_text(path):
                    title = _title(path, path.stem)
                    parts.append(Part(int(match[1]), path.stem, title))
            parts.sort(key=lambda part: (part.number, part.name))
            found.append((Chapter(number, slug, tuple(parts)), folder))
        found.sort(key=lambda pair: (pair[0].number, pair[1].name))
        by_slug: dict[str, tuple[Chapter, Path]] = {}
        for chapter, folder in found:
            by_slug.setdefault(chapter.slug, (chapter, folder))
        return by_slug

    def _folders(self) -> list[tuple[int, str, Path]]:
        """List what is named like a chapter and holds a text: number, slug, folder."""
        try:
            folders = list(self.folder.iterdir())
        except OSError as error:
            raise TextsUnreadable(
                f"The folder of the chapters, {self.folder.name!r}, cannot be read "
                f"({error.strerror}). CHAPTERS_FOLDER says where it is."
            ) from error
        named = [(FOLDER.fullmatch(folder.name), folder) for folder in folders]
        return [
            (int(match[1]), match[2], folder)
            for match, folder in named
            if match and self._is_text(folder / "README.md")
        ]

    def _is_text(self, path: Path) -> bool:
        """Tell whether a path is a regular file inside the folder of the chapters."""
        try:
            below = path.resolve().is_relative_to(self.folder.resolve())
        except (OSError, RuntimeError):  # links that lead in a circle
            return False
        return below and path.is_file()


def _file_of(name: str) -> str:
    return f"{name}.md" if name else "README.md"


def _title(path: Path, default: str) -> str:
    """Return a text's first heading, without the chapter's or the part's number.

    Where there is none, or the text can't be read, return the default: one bad text
    must not take the others down.
    """
    try:
        return title_of(_read(path)) or default
    except TextsUnreadable:
        return default


# region chapter 2 until 5: first-heading
# | HEADING = re.compile(r"^# +(?:(?:Chapter|Part) \d+: +)?(.+?) *$", re.MULTILINE)
# |
# |
# | def title_of(text: str) -> str:
# |     heading = HEADING.search(text)
# |     return heading[1] if heading else ""
# endregion first-heading


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        name = f"{path.parent.name}/{path.name}"
        raise TextsUnreadable(f"The text {name!r} cannot be read.") from error
    text = without_notes(text)  # chapter 5
    return text
