"""Tests of what a learner calls, in a clone of a small course."""
