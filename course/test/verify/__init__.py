"""Tests of `course verify`, on a small sound course."""
