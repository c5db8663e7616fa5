// Web Storage that does not throw where the browser forbids it: a value then lasts as long as the page.
// localStorage holds for every tab, sessionStorage for this one.
export function writeStorage(key, value, storage = "localStorage") {
  try {
    globalThis[storage].setItem(key, value);
  } catch {
    return;
  }
}

export function readStorage(key, storage = "localStorage") {
  try {
    return globalThis[storage].getItem(key);
  } catch {
    return null;
  }
}
