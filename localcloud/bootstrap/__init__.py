"""The commands that make what an organisation has once, and that rebuild a stack from nothing.

The program is `bootstrap/`. Its state begins in a folder, since the bucket for it is one of the things that it makes,
and moves into that bucket once the bucket is there.
"""
