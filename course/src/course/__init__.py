"""The tool of the Lectern course: it weaves checkpoints and types the text."""
