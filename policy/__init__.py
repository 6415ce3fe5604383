"""The project's rules as code, which the engine puts to every resource of a stack before it is made.

`__main__.py` lists them, `levels.yaml` says how strictly each is held, and docs/policy.md how to change either.
"""
