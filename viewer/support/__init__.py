"""The support desk: finds key pairs, and explains missing events."""
