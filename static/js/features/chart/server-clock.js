// Estimates the server's time in milliseconds; the two clocks may differ by hours.
export class ServerClock {
  #ahead = 0;
  #own;

  constructor(own = Date.now) {
    this.#own = own;
  }

  get now() {
    return this.#own() + this.#ahead;
  }

  // The server sent `time` between request and reply, both by the local clock.
  set(time, askedAt, answeredAt) {
    this.#ahead = time - (askedAt + answeredAt) / 2;
  }

  // An event of this time has arrived, so the server's clock is not behind it.
  reach(time) {
    this.#ahead += Math.max(0, time - this.now);
  }
}
