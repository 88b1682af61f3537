"""What is wrong with what scripts say: private, unclear, too hard, too long, or not there at all.

``taint`` and ``privacy`` read syntax trees alone and are part of every check; the other rules read
rendered samples (``samples``), one for every branch of a script, and are run by ``linting``.
"""
