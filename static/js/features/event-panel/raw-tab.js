import { parse } from "../../core/json/lossless-json.js";
import { pretty } from "../../core/json/pretty-print.js";
import { recall, remember } from "../../dom/safe-storage.js";
import { cloneOf, elementOf, slotsOf } from "../../dom/templates.js";
import { bytes, count, counted } from "../../core/text/format-count.js";
import { fromBase64, hexLines } from "../../core/text/hex-dump.js";
import { isUnseen } from "../../core/text/invisible-characters.js";
import { showText } from "../../dom/show-text.js";
import { messageOf } from "../detail-panel/panel-message.js";

const FIRST_PART = 20_000; // characters
const NEXT_PART = 100_000;
const SIGN = 20; // characters that one takes as long to draw as, when it does not show by itself
const FIRST_BYTES = 4_096;
const NEXT_BYTES = 16_384;
const NARROW = 540; // pixels: here a line of a dump has 8 bytes

function indented(raw) {
  try {
    return pretty(parse(raw));
  } catch {
    return null;
  }
}

// Text or a dump, the first part of it and a button for the next one. `draw(part, from, most)` fills
// a part and returns where it ends.
function inParts(code, length, [first, next], draw) {
  const button = elementOf("tree-button");
  let shown = 0;
  const more = (most) => {
    const part = document.createElement("span");
    shown = draw(part, shown, most);
    button.remove();
    code.append(part);
    button.textContent = `show more (${bytes(length - shown)} left)`;
    if (shown < length) code.append(button);
  };
  button.addEventListener("click", () => more(next));
  code.replaceChildren();
  more(first);
}

// As much as is drawn in the time of so many characters.
function endOf(text, from, most) {
  let at = from;
  for (let left = most; left > 0 && at < text.length; at++) left -= isUnseen(text[at]) ? SIGN : 1;
  return at;
}

function showChunks(code, text) {
  inParts(code, text.length, [FIRST_PART, NEXT_PART], (part, from, most) => {
    const end = endOf(text, from, most);
    showText(part, text.slice(from, end));
    return end;
  });
}

function showBytes(code, data, width) {
  inParts(code, data.length, [FIRST_BYTES, NEXT_BYTES], (part, from, most) => {
    part.textContent = `${hexLines(data, from, from + most, width).join("\n")}\n`;
    return Math.min(data.length, from + most);
  });
}

function sizeOf({ raw, raw_base64, size }, data) {
  const lines = counted(raw.split("\n").length, "line");
  const kept = data.length < size ? `, of which ${count(data.length)} were kept` : "";
  const encoding = raw_base64 === undefined ? "" : ", not UTF-8";
  return `${lines}, ${counted(size, "byte")}${kept}${encoding}`;
}

// An event's text exactly as it was sent, also indented or byte by byte.
export class RawPart {
  #host;
  #slots = {};
  #event = null;
  #data = new Uint8Array();

  constructor(host) {
    this.#host = host;
  }

  show(event) {
    this.#event = event;
    if (event.raw === null) return this.#host.replaceChildren(messageOf("Loading…"));
    this.#data = event.raw_base64 === undefined ? new TextEncoder().encode(event.raw) : fromBase64(event.raw_base64);
    const part = cloneOf("raw-part");
    this.#slots = slotsOf(part);
    this.#slots.size.textContent = sizeOf(event, this.#data);
    this.#slots.bytes.hidden = event.raw_base64 === undefined;
    this.#listen(part);
    this.#wrap(recall("raw-wrap") !== "no");
    this.#draw("sent");
    this.#host.replaceChildren(part);
  }

  #listen(part) {
    const pressed = ({ target }) => this.#draw(target.value);
    for (const choice of part.querySelectorAll("input[type=radio]")) choice.addEventListener("change", pressed);
    const { wrap } = this.#slots;
    wrap.addEventListener("click", () => {
      this.#wrap(wrap.ariaPressed !== "true");
      remember("raw-wrap", wrap.ariaPressed === "true" ? "yes" : "no");
    });
  }

  #wrap(isWrapped) {
    this.#slots.wrap.ariaPressed = isWrapped;
    this.#slots.text.toggleAttribute("data-wrap", isWrapped);
  }

  #draw(how) {
    const code = this.#slots.text.querySelector("code");
    const text = how === "indented" ? indented(this.#event.raw) : this.#event.raw;
    this.#slots["not-json"].hidden = text !== null;
    this.#slots.text.hidden = text === null;
    this.#slots.wrap.disabled = how === "bytes";
    if (how === "bytes") showBytes(code, this.#data, this.#host.clientWidth < NARROW ? 8 : 16);
    else if (text !== null) showChunks(code, text);
    this.#slots.text.dataset.how = how;
  }
}
