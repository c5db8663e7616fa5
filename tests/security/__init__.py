"""One test for each weakness of the security review, and for each kind of it."""
