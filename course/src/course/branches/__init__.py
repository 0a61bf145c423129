"""The chapter branches: what a release is, and writing and publishing it."""
