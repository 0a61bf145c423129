"""The checker: reads a chapter's text, types it, and writes drifted listings again."""
