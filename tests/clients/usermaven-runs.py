"""Repeat a scripted scenario with the PyPI client, each time in a new run that `/api/expect`
checks. Arguments: host, API key, server token, worker, repetitions."""

import sys

import requests
from usermaven.client import Client
from usermaven.request import _session

OWN = "event_attributes"
host, api_key, server_token, worker, repetitions = sys.argv[1:]


def scenario(run: str) -> None:
    """The scenario of the product: a user signs up, invites another one, and pays."""
    _session.headers["X-Run"] = run
    client = Client(api_key=api_key, server_token=server_token, host=host, flush_at=2, timeout=60)
    user = {"id": f"u-{run}", "email": f"{run}@example.com", "created_at": "2026-01-20T09:55:35"}
    client.identify(user)
    for event in ("signed_up", "invited", "paid"):
        own = {"run": run, "amount": 3} if event == "paid" else {"run": run}
        client.track(user["id"], event, {}, own)
    client.shutdown()


def expectations(run: str) -> list:
    return [
        {"match": "", "exactly": 4},
        {"match": "name:user_identify", "exactly": 1},
        {
            "match": "name:paid",
            "fields": {"event_attributes.run": run, "event_attributes.amount": 3},
        },
        {"order": ["name:signed_up", "name:invited", "name:paid"], "by": "user"},
        {"none": "verdict:invalid OR verdict:malformed"},
        {"none": f"-name:user_identify -{OWN}.run:{run}"},
    ]


failed = 0
for repetition in range(int(repetitions)):
    name = f"job-{worker}-{repetition}"
    scenario(name)
    answer = requests.post(
        f"{host}/api/expect",
        params={"format": "text"},
        json={"run": name, "wait": 60, "expect": expectations(name)},
        auth=(api_key, server_token),
        timeout=70,
    )
    if answer.status_code != 200:
        failed += 1
        sys.stdout.write(f"{name} {answer.status_code}\n{answer.text}\n")
sys.exit(failed)
