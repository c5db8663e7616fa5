"""A key pair's stream: what is stored of it, read, counted, exported and told live."""
