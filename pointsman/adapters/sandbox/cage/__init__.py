"""What runs in the warm interpreter of the `caged` sandbox and in its children. Knows Linux and the standard library.

Nothing here imports pointsman outside of this folder and `launch`: no secret may come into the memory that is forked.
"""
