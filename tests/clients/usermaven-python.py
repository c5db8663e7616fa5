"""Use PyPI `usermaven` as its users do: usermaven-python.py HOST KEY TOKEN sync|batch"""

import logging
import sys

from usermaven import Client

host, key, token, mode = sys.argv[1:]
logging.basicConfig(level="WARNING")
client = Client(key, token, host, sync_mode=mode == "sync")

since = "2022-01-20T09:55:35"
company = {"id": "c1", "name": "Acme", "created_at": since, "custom": {"plan": "pro"}}
user = {"id": "u-1", "email": "u@a.example", "created_at": since, "custom": {"seats": 3}}
client.identify(user, company)
client.track("u-1", "plan_purchased", company, {"price": 10.5, "note": "é – unicode"})
client.track(42, "numeric id")
if mode == "batch":
    for number in range(250):
        client.track("u-1", f"event {number}")
    client.shutdown()
