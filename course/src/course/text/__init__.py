"""The checker: read a chapter's text, type it, and update listings that drifted."""
