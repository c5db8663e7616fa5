import { parseJson } from "../../core/json/lossless-json.js";
import { prettyPrint } from "../../core/json/pretty-print.js";
import { formatBytes, formatCount, pluralize } from "../../core/text/format-count.js";
import { bytesFromBase64, hexDumpLines } from "../../core/text/hex-dump.js";
import { hasInvisible } from "../../core/text/invisible-characters.js";
import { readStorage, writeStorage } from "../../dom/safe-storage.js";
import { showText } from "../../dom/show-text.js";
import { slotsOf, templateElement, templateFragment } from "../../dom/templates.js";
import { panelMessage } from "../detail-panel/panel-message.js";

const FIRST_PART = 20_000; // characters
const NEXT_PART = 100_000;
const SIGN = 20; // relative cost of drawing an invisible character
const FIRST_BYTES = 4_096;
const NEXT_BYTES = 16_384;
const NARROW = 540; // pixels; below it a dump line has 8 bytes

function indented(raw) {
  try {
    return prettyPrint(parseJson(raw));
  } catch {
    return null;
  }
}

// Renders a text or a dump in parts, with a button for the next part. `draw(part, from, most)`
// fills a part and returns its end.
function inParts(code, length, [first, next], draw) {
  const button = templateElement("tree-button");
  let shown = 0;
  const more = (most) => {
    const part = document.createElement("span");
    shown = draw(part, shown, most);
    button.remove();
    code.append(part);
    button.textContent = `show more (${formatBytes(length - shown)} left)`;
    if (shown < length) code.append(button);
  };
  button.addEventListener("click", () => more(next));
  code.replaceChildren();
  more(first);
}

// Limits a part by the cost of drawing its characters.
function endOf(text, from, most) {
  let at = from;
  for (let left = most; left > 0 && at < text.length; at++) left -= hasInvisible(text[at]) ? SIGN : 1;
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
    part.textContent = `${hexDumpLines(data, from, from + most, width).join("\n")}\n`;
    return Math.min(data.length, from + most);
  });
}

function sizeOf({ raw, raw_base64, size }, data) {
  const lines = pluralize(raw.split("\n").length, "line");
  const kept = data.length < size ? `, of which ${formatCount(data.length)} were kept` : "";
  const encoding = raw_base64 === undefined ? "" : ", not UTF-8";
  return `${lines}, ${pluralize(size, "byte")}${kept}${encoding}`;
}

// The text of an event exactly as sent, indented, or as a hex dump.
export class RawTab {
  #host;
  #slots = {};
  #event = null;
  #data = new Uint8Array();

  constructor(host) {
    this.#host = host;
  }

  show(event) {
    this.#event = event;
    if (event.raw === null) return this.#host.replaceChildren(panelMessage("Loading…"));
    this.#data = event.raw_base64 === undefined ? new TextEncoder().encode(event.raw) : bytesFromBase64(event.raw_base64);
    const part = templateFragment("raw-part");
    this.#slots = slotsOf(part);
    this.#slots.size.textContent = sizeOf(event, this.#data);
    this.#slots.bytes.hidden = event.raw_base64 === undefined;
    this.#listen(part);
    this.#wrap(readStorage("raw-wrap") !== "no");
    this.#draw("sent");
    this.#host.replaceChildren(part);
  }

  #listen(part) {
    const pressed = ({ target }) => this.#draw(target.value);
    for (const choice of part.querySelectorAll("input[type=radio]")) choice.addEventListener("change", pressed);
    const { wrap } = this.#slots;
    wrap.addEventListener("click", () => {
      this.#wrap(wrap.ariaPressed !== "true");
      writeStorage("raw-wrap", wrap.ariaPressed === "true" ? "yes" : "no");
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
