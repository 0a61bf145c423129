"""A pytest plugin, copied beside a run: writes which modules of packages tests import.

Pytest rewrites the packages that bring plugins of its own when it imports them, so they
must not be imported before; neither are the project's own modules named.
"""

import json
import os
import sys
from importlib import metadata
from pathlib import Path


def pytest_collection_finish() -> None:
    """Write the names, in the order in which they were imported."""
    entries = metadata.entry_points(group="pytest11")
    plugins = {entry.dist.name for entry in entries if entry.dist}
    rewritten = {
        package
        for package, distributions in metadata.packages_distributions().items()
        if plugins & set(distributions)
    }
    names = [
        name
        for name, module in sys.modules.items()
        if name.partition(".")[0] not in {"__main__", __name__, *rewritten}
        and not _is_ours(getattr(module, "__file__", None))
    ]
    Path(os.environ["COURSE_TEST_MODULES"]).write_text(json.dumps(names), "utf-8")


def _is_ours(file: str | None) -> bool:
    """Whether a file lies in the folder whose tests are run."""
    return file is not None and Path(file).resolve().is_relative_to(Path.cwd())
