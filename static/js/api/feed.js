import { delayBefore } from "./backoff.js";

// The server sends a beat every 15 s; after two missed ones the line is dead.
export const SILENCE = 35_000;
const NO_SUCH_PAIR = 4404;
const TOO_MUCH = 4429;
const CONNECTING = 0; // a browser complains of a socket that is closed before it is open

// The live feed of one key pair. Dispatches "events" with each frame, "state" (connecting, live, reconnecting,
// signed-out or over-limit, with a `reason`) and "mistake" for an invalid query. The cursor outlives
// connections.
export class Feed extends EventTarget {
  cursor = 0;
  state = "connecting";
  retryAt = 0;
  heardAt = 0;
  reason = "";
  #url;
  #question = {};
  #Socket;
  #isRefused;
  #isHeard = false; // whether this connection said something
  #socket = null;
  #attempt = 0;
  #retry = 0;
  #silence = 0;

  // A browser does not learn why a server refused a connection; `isRefused` says whether it was for
  // the want of a right.
  constructor(url, isRefused, Socket = WebSocket) {
    super();
    this.#url = url;
    this.#isRefused = isRefused;
    this.#Socket = Socket;
  }

  connect() {
    this.#become(this.heardAt ? "reconnecting" : "connecting");
    this.#open();
  }

  // Another query, from the first event on; a line that stands is only exchanged.
  ask({ q, mode }) {
    this.#question = { ...(q && { q }), ...(q && mode && { mode }) };
    this.cursor = 0;
    if (this.state === "live") this.#open();
    else if (this.state !== "signed-out") this.connect();
  }

  #open() {
    this.#drop();
    const params = new URLSearchParams({ after: this.cursor, ...this.#question });
    const socket = new this.#Socket(`${this.#url}?${params}`);
    socket.addEventListener("message", ({ data }) => this.#hear(socket, data));
    socket.addEventListener("close", ({ code }) => this.#lose(socket, code));
    this.#socket = socket;
    this.#isHeard = false;
    this.#listen();
  }

  // The network is back or the page is looked at again: no reason to wait any longer.
  wake() {
    const deaf = Date.now() - this.heardAt > SILENCE;
    if (this.retryAt || (this.state === "live" && deaf)) this.connect();
  }

  close() {
    this.#drop();
  }

  #hear(socket, data) {
    if (socket !== this.#socket) return;
    this.#isHeard = true;
    const frame = JSON.parse(data);
    if (frame.type === "error" && frame.at === null) {
      this.reason = frame.message; // the code that says what for comes next
      return;
    }
    this.heardAt = Date.now();
    this.#attempt = 0;
    this.#listen();
    this.#become("live");
    if (frame.type === "events") this.#take(frame);
    else if (frame.type === "error") this.#tellMistake(frame);
  }

  #take(frame) {
    this.cursor = frame.last;
    this.dispatchEvent(new CustomEvent("events", { detail: frame }));
  }

  #tellMistake({ message, at }) {
    this.dispatchEvent(new CustomEvent("mistake", { detail: { message, at } }));
  }

  #lose(socket, code) {
    if (socket !== this.#socket) return;
    this.#drop();
    if (code === NO_SUCH_PAIR) this.#become("signed-out");
    else if (code === TOO_MUCH) this.#become("over-limit");
    else {
      this.#retryLater();
      if (!this.#isHeard) this.#findOut();
    }
  }

  async #findOut() {
    if (!(await this.#isRefused()) || this.state === "live") return;
    this.#drop();
    this.#become("signed-out");
  }

  #retryLater() {
    const delay = delayBefore(this.#attempt++);
    this.retryAt = Date.now() + delay;
    this.#retry = setTimeout(() => this.connect(), delay);
    this.#become("reconnecting");
  }

  #listen() {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#silence = setTimeout(() => this.#lose(socket, 1006), SILENCE);
  }

  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    this.retryAt = 0;
    const socket = this.#socket;
    this.#socket = null;
    if (socket?.readyState === CONNECTING) socket.addEventListener("open", () => socket.close());
    else socket?.close();
  }

  // While it is live each message says so again.
  #become(state) {
    if (state === "live" && this.state === "live") return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
