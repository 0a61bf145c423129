"""What a crash has left behind: drafts, and bytes without a row."""

from apps.file import backend, disk


def sweep() -> tuple[int, int, list[str]]:
    """Remove what a crash has left: count drafts, and bytes without a row.

    The hashes in the list are of rows without their bytes, which only a damaged disk
    can leave; the rows stay.
    """
    drafts, orphans, lost = disk.sweep_drafts(), 0, set[str]()
    for folder in {*disk.folders(), *backend.prefixes()}:
        with disk.locked(folder):
            there, named = disk.hashes_in(folder), backend.hashes_under(folder)
            for sha256 in there - named:
                disk.remove(sha256)
            orphans += len(there - named)
            lost |= named - there
    return drafts, orphans, sorted(lost)
