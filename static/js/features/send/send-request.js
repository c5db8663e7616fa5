const REPLY_WORDS = { 200: "accepted" };

export async function postRequest({ url, headers }, body) {
  const start = performance.now();
  const reply = await fetch(url, { method: "POST", headers, body, credentials: "omit" });
  return { reply, took: Math.max(1, Math.round(performance.now() - start)) };
}

export function replySummary({ reply, took }) {
  const detail = reply.headers.get("X-Problem-Detail");
  const words = REPLY_WORDS[reply.status] ?? "refused";
  return `${reply.status}: ${words} in ${took} ms.${detail ? ` ${detail}` : ""}`;
}

// Replaces the time of a sample (milliseconds, seconds or ISO 8601) with the current time, because
// sending the same line twice counts as a duplicate.
export function withCurrentTime(text, made, at = Date.now()) {
  return text
    .replaceAll(String(made.milliseconds), String(at))
    .replaceAll(String(made.seconds), String(Math.floor(at / 1_000)))
    .replaceAll(made.iso, new Date(at).toISOString());
}
