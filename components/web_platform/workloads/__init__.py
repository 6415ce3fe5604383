"""What workloads of every kind share: their pods and what those may do, where they connect to, and how many there are.

A room of data and functions, one concept a module. The components that are made of it stand beside it: `WebService`,
`Worker`, `ScheduledJob`, `OneOffJob` and `NodeAgent`.
"""
