"""Workloads: what their components share."""
