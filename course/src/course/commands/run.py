"""`course run [N]`: the learner's tree, or a checkpoint, in the foreground."""

import click


@click.command()
@click.argument("number", type=int, required=False, metavar="[N]")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port.")
def command(number: int | None, port: int | None) -> None:
    """Run the tree you stand in, or checkpoint N, until Ctrl-C.

    Your tree runs in its own `.venv`, as `python run.py` does. Checkpoint N runs in a
    folder inside `.git/course/run`, where it keeps its data between runs.

    \b
    Example:
      course run
      course run 2 --port 5050
    """
    from course.learner.clone import Clone
    from course.learner.running import (
        checkpoint_command,
        checkpoint_python,
        exec_python,
        own_python,
        write_checkpoint,
    )

    clone = Clone.here()
    repository = clone.repository
    if number is None:
        python = own_python(repository.root)
        flags = ["debug_server", "--port", str(port)] if port else []
        exec_python(repository.root, python, ["run.py", *flags])
    tree = clone.checkpoint(number)
    arguments = checkpoint_command(clone, number, port)
    click.echo(f"preparing checkpoint {number} and its environment ...", err=True)
    python = checkpoint_python(repository, tree)
    folder = repository.tool_folder / "run" / f"chapter-{number}"
    write_checkpoint(tree, folder)
    exec_python(folder, python, arguments)
