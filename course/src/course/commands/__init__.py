"""The sub-commands of `course`: a module each, imported only when it is called."""

# What `course --help` says of each, in the order in which a learner meets them.
COMMANDS = {
    "status": "Show the chapters, where you are and what is done.",
    "start": "Begin a chapter: your own branch, in a folder of its own.",
    "test": "Run a checkpoint's tests.",
    "run": "Run a checkpoint.",
    "diff": "Show what a chapter changes.",
    "compare": "Compare your tree with the text's, after any step.",
    "skip": "Take the text's files after a step, to go on from there.",
    "check": "Check your attempt at an exercise.",
    "hint": "Show an exercise's hint.",
    "solution": "Show an exercise's solution.",
    "reset": "Undo your work on an exercise.",
    "new": "Make a project of your own from a checkpoint.",
    "verify": "For authors: check every chapter.",
    "sync": "For authors: rewrite listings and outputs that drifted.",
    "figures": "For authors: count lines, markers and tests.",
    "branches": "For authors: write the chapter branches.",
    "weave": "For authors: write one checkpoint to a folder, or show its diff.",
}
