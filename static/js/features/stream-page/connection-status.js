import { formatAgo } from "../../core/text/format-time.js";

function wait(feed) {
  const seconds = Math.ceil((feed.retryAt - Date.now()) / 1_000);
  return feed.retryAt && seconds > 0 ? `Reconnecting in ${seconds} s` : "Reconnecting…";
}

const WORDS = {
  connecting: () => "Connecting…",
  live: () => "Live",
  reconnecting: wait,
  "signed-out": () => "Signed out",
  "over-limit": () => "Not live",
};

// Shows the state of the feed and the age of the last message.
export class ConnectionStatus {
  #root;
  #word;
  #age;
  #feed;

  constructor(root, feed) {
    this.#root = root;
    this.#word = root.querySelector("[data-connection-word]");
    this.#age = root.querySelector("[data-connection-age]");
    this.#feed = feed;
    root.querySelector("[data-try-now]").addEventListener("click", () => feed.connect());
    feed.addEventListener("state", () => this.paint());
    setInterval(() => document.hidden || this.paint(), 1_000);
  }

  paint() {
    const { state, heardAt, retryAt, reason } = this.#feed;
    const isOver = state === "over-limit";
    const age = heardAt && !isOver ? formatAgo(Date.now() - heardAt) : "";
    this.#root.dataset.state = state;
    this.#word.textContent = WORDS[state](this.#feed);
    this.#age.textContent = isOver ? reason : age;
    this.#age.title = age && `Last message from the server: ${age}`;
    this.#root.querySelector("[data-try-now]").hidden = !retryAt && !isOver;
    this.#root.querySelector("[data-sign-in]").hidden = state !== "signed-out";
  }
}
