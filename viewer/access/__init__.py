"""Who may see and do what, and the audit log."""
