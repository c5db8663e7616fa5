// Use npm @usermaven/sdk-js as its users do: node usermaven-node.mjs HOST KEY.TOKEN [randomize]
import sdk from "@usermaven/sdk-js";

const [host, key, randomize] = process.argv.slice(2);
const client = sdk.usermavenClient({
  key,
  tracking_host: host,
  randomize_url: randomize === "randomize",
  log_level: "DEBUG",
});

await client.id({
  id: "lzL24K3kYw",
  email: "user@domain.com",
  created_at: "2021-01-20T09:55:35",
  custom: { plan_name: "premium" },
  company: { id: "c1", name: "Acme", created_at: "2022-02-15T17:25:08" },
});
await client.track("plan_upgraded", { amount: 100, nested: { a: [1, 2] }, nothing: null });
await client.track("any words — at all");
