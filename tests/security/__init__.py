"""One test for each weakness that the security review found, and for each variant of it."""
