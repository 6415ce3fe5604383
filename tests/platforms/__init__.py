"""Tests of the platforms, on a recording mock engine."""
