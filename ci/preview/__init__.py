"""What a change would do to a stack, in words that a reviewer reads.

The engine's own account of it (`events`) becomes `changes`, of which some are `dangers`; a `note` says it all, and
`gitlab_notes` puts it into the merge request. A change is previewed on a `rehearsal`, or on the real cloud (`real`).
"""
