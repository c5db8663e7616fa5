import { showToast } from "./toast.js";

const REPLY_WORDS = { 200: "accepted" };
const LOOK = 400; // by then the first event may have taken the place of the buttons

export async function post({ url, headers }, body) {
  const start = performance.now();
  const reply = await fetch(url, { method: "POST", headers, body, credentials: "omit" });
  return { reply, took: Math.max(1, Math.round(performance.now() - start)) };
}

export function sentenceOf({ reply, took }) {
  const detail = reply.headers.get("X-Problem-Detail");
  const words = REPLY_WORDS[reply.status] ?? "refused";
  return `${reply.status}: ${words} in ${took} ms.${detail ? ` ${detail}` : ""}`;
}

function say(output, state, text) {
  output.dataset.state = state;
  output.textContent = text;
}

// The sample as a sender of this moment would write it: the same line twice is a fault.
export function asOfNow(text, { milliseconds, iso }, at = Date.now()) {
  return text
    .replaceAll(String(milliseconds), String(at))
    .replaceAll(iso, new Date(at).toISOString());
}

async function send(samples, which, output) {
  say(output, "sending", "Sending…");
  try {
    const sent = await post(samples, asOfNow(samples[which], samples.made));
    say(output, sent.reply.ok ? "accepted" : "refused", sentenceOf(sent));
  } catch {
    say(output, "failed", "No reply: the server cannot be reached.");
  }
  setTimeout(() => output.checkVisibility() || showToast(output), LOOK);
}

// Buttons that send a real request to the test endpoint, as any client would.
export function wireSendButtons(root, samples) {
  for (const button of root.querySelectorAll("[data-send-sample]")) {
    const output = button.closest("[data-send]").querySelector("[data-send-reply]");
    button.addEventListener("click", () => send(samples, button.dataset.sendSample, output));
  }
}
