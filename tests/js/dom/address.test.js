import assert from "node:assert/strict";
import test from "node:test";

import { Address } from "../../../static/js/dom/address.js";

function addressAt(search, hash = "") {
  const location = { pathname: "/pairs/1/", search, hash };
  const history = { state: { fromList: true } };
  history.replaceState = (state, _, url) => {
    assert.equal(state, history.state);
    const found = new URL(url, "http://host");
    Object.assign(location, { pathname: found.pathname, search: found.search, hash: found.hash });
  };
  const address = new Address({ location, history });
  const changes = [];
  address.addEventListener("change", ({ detail }) => changes.push(detail));
  return { address, location, changes };
}

test("a value is read from the address, an absent one is empty", () => {
  const { address } = addressAt("?q=name%3Aa+b");
  assert.equal(address.get("q"), "name:a b");
  assert.equal(address.get("columns"), "");
});

test("set reports the changed names, keeps the others, and leaves no empty value", () => {
  const { address, location, changes } = addressAt("?q=a&columns=x", "#event-3");
  address.set({ q: "", columns: "x" });
  assert.equal(location.search + location.hash, "?columns=x#event-3");
  assert.deepEqual(changes, [["q"]]);
  address.set({ columns: "" });
  assert.equal(location.search, "");
});

test("going back reports the changed names", () => {
  const { address, location, changes } = addressAt("?q=a");
  location.search = "?q=b&group=1";
  address.look();
  address.look();
  assert.deepEqual(changes, [["q", "group"]]);
});
