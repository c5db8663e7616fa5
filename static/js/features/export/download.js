const MAX_BYTES = 64 * 1024 ** 2; // bytes

// The file name in a Content-Disposition header.
export function fileNameOf(disposition, other = "events") {
  const [, encoded] = /filename\*=utf-8''([^;]+)/i.exec(disposition ?? "") ?? [];
  const [, plain] = /filename="([^"]+)"/.exec(disposition ?? "") ?? [];
  return encoded ? decodeURIComponent(encoded) : (plain ?? other);
}

// Reads a whole reply as a Blob; cancels it and returns null beyond `most` bytes. Calls `onChunk`
// with each chunk. Throws if the connection is lost.
export async function readAsBlob(reply, onChunk, most = MAX_BYTES) {
  const reader = reply.body.getReader();
  const parts = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts, { type: "application/octet-stream" });
    size += value.length;
    onChunk(value);
    if (size > most) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
}

function press(href, name) {
  const link = Object.assign(document.createElement("a"), { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  press(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser can show a save dialog first
}

// Leaves the download to the browser, which streams to disk and shows its own progress.
export function downloadInBrowser(url) {
  press(url, "");
}
