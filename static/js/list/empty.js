import { counted } from "../text/counts.js";

const TEXTS = {
  connecting: ["Connecting…", "Events show up here once this page is connected."],
  live: ["Waiting for the first event…", "Connected. Send one and it shows up here at once."],
  refused: ["Nothing accepted yet", "Requests arrived, but were refused as a whole."],
  reconnecting: ["Not connected", "The server does not answer. This page keeps trying."],
  "signed-out": ["Signed out", "Sign in again to see this stream."],
};

// What stands in place of the list while a key pair has no event.
export class Empty {
  #root;
  #grid;

  constructor(root, grid) {
    this.#root = root;
    this.#grid = grid;
  }

  paint(isEmpty, state, refused) {
    this.#root.hidden = !isEmpty;
    this.#grid.hidden = isEmpty;
    if (isEmpty) this.#say(state === "live" && refused ? "refused" : state, refused);
  }

  #say(state, refused) {
    const [title, text] = TEXTS[state];
    const part = (name) => this.#root.querySelector(`[data-empty-${name}]`);
    part("state").dataset.state = state;
    part("title").textContent = title;
    part("text").textContent = text;
    part("refused").hidden = state !== "refused";
    part("refused-word").textContent = `${counted(refused, "refused request")}: see why`;
  }
}
