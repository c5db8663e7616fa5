"""How visitors come in and get rights, and the pages of it."""
