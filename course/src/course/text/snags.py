"""What stops a reader of a text that is true: servers, fetches, joints, shells."""

from course.errors import Problem
from course.source.weave import Source, start_tree
from course.text.fetches import fetch_problems, typed_files
from course.text.following import joint_problems
from course.text.parser import read_texts
from course.text.shells import dash_problems, heredoc_problems
from course.text.terminals import read_terminals


def snags(source: Source, n: int) -> list[Problem]:
    """List what will stop the reader of chapter n, who has read those before it."""
    texts = [
        read_texts(source.weave(one.number), one) for one in source.course.chapters[:n]
    ]
    parts = texts.pop()
    earlier = [part for text in texts for part in text]
    chapter, target = source.course.chapter(n), source.weave(n)
    before = start_tree(source.weave(n - 1), target, chapter.folder)
    return [
        *(problem for part in parts for problem in read_terminals(part).problems),
        *fetch_problems(parts, typed_files(earlier), target),
        *joint_problems(before, target, parts),
        *heredoc_problems(parts, earlier),
        *(problem for part in parts for problem in dash_problems(part.blocks)),
    ]
