"""The support desk: whose keys these are, and why nothing comes."""
