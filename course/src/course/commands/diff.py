"""`course diff N`: what a chapter changes."""

import subprocess
import sys

import click

# A diff that is piped is one that `git apply` takes, however git is configured.
PLAIN = (
    "--no-color",
    "--abbrev=10",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--inter-hunk-context=0",
    "--diff-algorithm=default",
    "--find-renames",
    "--no-textconv",
)


@click.command()
@click.argument("number", type=int, metavar="N")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--stat", is_flag=True, help="Only the files, and how much changes.")
@click.option("--text", is_flag=True, help="The chapter's text and exercises too.")
def command(number: int, paths: tuple[str, ...], stat: bool, text: bool) -> None:
    """Show what chapter N changes: the difference from chapter N-1.

    Its text and the generated README are left out. PATHs (files or folders, from the
    top of the tree) show only those.

    \b
    Example:
      course diff 2
      course diff 2 --stat
      course diff 2 config.py apps/chapter
    """
    from course.learner.clone import Clone

    clone = Clone.here()
    new = clone.tip(number)
    old = clone.tip(number - 1) if number > 1 else clone.repository.empty_tree()
    wanted = [f":(top,literal){path}" for path in paths] or [":(top)"]
    wanted.append(":(top,exclude)README.md")
    if not text:
        wanted.append(":(top,exclude)chapters")
    flags = ["--no-ext-diff", *(["--stat"] if stat else [])]
    plain = [*PLAIN, *([] if stat else ["--unified=3"])]  # which means a patch, too
    points = [old, new, "--", *wanted]
    repository = clone.repository
    if sys.stdout.isatty():
        # A person's own colours and pager.
        subprocess.run(
            ["git", "diff", *flags, *points], cwd=repository.root, check=False
        )
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(repository.run("diff", *flags, *plain, *points))
