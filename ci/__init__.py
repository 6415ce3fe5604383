"""What pipelines run beyond `make`: what a change would do, told in its merge request, and drift, told in an issue.

Each is a command that a developer runs on a laptop too; with GitLab's variables in the environment, it tells GitLab.
"""
