const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const BRACE = 125;

// Counts the events in the bytes of an export without decoding them.
export class RowCounter {
  #count = 0;
  #last = 0; // the last byte of the previous chunk
  #isQuoted = false;
  #isRow;

  constructor(format) {
    this.#isRow = { csv: () => !this.#isQuoted, raw: () => true }[format] ?? (() => this.#isItem);
    if (format === "csv") this.#count = -1; // the header
  }

  get count() {
    return Math.max(0, this.#count);
  }

  add(bytes) {
    for (const byte of bytes) {
      if (byte === QUOTE) this.#isQuoted = !this.#isQuoted;
      else if (byte === NEWLINE && this.#isRow()) this.#count += 1;
      this.#last = byte;
    }
  }

  // Exported JSON has line breaks only after an object.
  get #isItem() {
    return this.#last === BRACE || this.#last === COMMA;
  }
}
