"""Tests of the components, on a recording mock engine."""
