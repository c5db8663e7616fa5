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

  // It said `time` somewhere between the question and the answer, both by our clock.
  set(time, askedAt, answeredAt) {
    this.#ahead = time - (askedAt + answeredAt) / 2;
  }

  // Something of that time has come already, so it is not earlier.
  reach(time) {
    this.#ahead += Math.max(0, time - this.now);
  }
}
