// Web Storage that does not throw if the browser blocks it: values then last until the page is
// closed. localStorage is shared by all tabs, sessionStorage belongs to this tab.
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
