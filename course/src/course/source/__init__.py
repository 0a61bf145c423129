"""The annotated tree: its manifests and markers, and the weaver.

Nothing here runs a program or reads a repository.
"""
