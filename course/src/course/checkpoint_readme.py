"""The README of a checkpoint: where you are, how to run it, and what it still lacks."""

from course.manifest import Chapter, Course


def write(course: Course, chapter: Chapter) -> str:
    """Return the README.md of a chapter's checkpoint, generated from the manifests."""
    return f"# Chapter {chapter.number}: {chapter.title}\n"
