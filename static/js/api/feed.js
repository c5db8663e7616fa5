import { delayBefore } from "./backoff.js";

// The server sends a heartbeat every 15 s; after two missed ones the connection is considered dead.
export const SILENCE = 35_000;
const NO_SUCH_PAIR = 4404;
const TOO_MUCH = 4429;
const CONNECTING = 0; // browsers log an error if a socket is closed before it is open

// The live feed of one key pair. Dispatches "events" for each frame, "state" (connecting, live,
// reconnecting, signed-out or over-limit, with a `reason`) and "mistake" for an invalid query. The
// cursor survives a reconnect.
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
  #isHeard = false; // whether this connection received a message
  #socket = null;
  #attempt = 0;
  #retry = 0;
  #silence = 0;

  // A browser hides why a server refused a connection; `isRefused` checks whether the right to see
  // the key pair is missing.
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

  // Starts another query from the first event, on a new connection.
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

  // The network is back or the page is visible again: retry immediately.
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
      this.reason = frame.message; // explains the close code that follows
      return;
    }
    this.heardAt = Date.now();
    this.#attempt = 0;
    this.#listen();
    this.#become("live");
    if (frame.type === "events") this.#take(frame);
    else if (frame.type === "error") this.#dispatchMistake(frame);
  }

  #take(frame) {
    this.cursor = frame.last;
    this.dispatchEvent(new CustomEvent("events", { detail: frame }));
  }

  #dispatchMistake({ message, at }) {
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

  // Every message reports "live", so repeats are ignored.
  #become(state) {
    if (state === "live" && this.state === "live") return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}
