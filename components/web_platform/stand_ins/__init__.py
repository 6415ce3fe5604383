"""What stands in for Google's services in a cluster of one's own: what runs, and what it holds.

A module a service: `postgres`, `pubsub`, `bigquery` and `storage`. The component of them is in `component`.
"""
