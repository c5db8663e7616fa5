"""Identifies the program that sent a request by its User-Agent."""

from __future__ import annotations

from ua_parser import parse_user_agent

MAX_LENGTH = 200


def client_name(headers: str) -> str:
    """Name and version, from stored headers (one `name: value` per line); empty if there is
    none."""
    fields = dict(line.split(": ", 1) for line in headers.split("\n") if ": " in line)
    agent = fields.get("user-agent", "").strip()[:MAX_LENGTH]
    if not agent:
        return ""
    known = parse_user_agent(agent)
    if known is None or known.family == "Other":
        return agent
    version = ".".join(part for part in (known.major, known.minor, known.patch) if part)
    return f"{known.family} {version}".strip()
