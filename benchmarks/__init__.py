"""Measurements of what a developer waits for. ``python -m benchmarks`` takes them and writes ``README.md``."""
