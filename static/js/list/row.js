import { showIcon } from "../page/templates.js";
import { count, counted } from "../text/counts.js";
import { clock, day, isToday } from "../text/times.js";
import { leading } from "../text/verdicts.js";
import { showText } from "../text/visible-text.js";

const REFUSED = 400;

function showTime(cell, iso) {
  cell.dateTime = iso;
  cell.title = iso;
  cell.textContent = isToday(iso) ? clock(iso) : `${day(iso)} ${clock(iso)}`;
}

function showValue(cell, value) {
  showText(cell, value ?? "");
  cell.title = value ?? "";
}

function showProblems(cells, problems) {
  showValue(cells.problem, leading(problems)?.message);
  cells.more.hidden = problems.length < 2;
  cells.more.textContent = `+${problems.length - 1}`;
}

function showStatus(cell, status) {
  cell.hidden = status < REFUSED;
  cell.textContent = status;
  cell.title = `The sender got ${status}: the vendor would refuse the whole request.`;
}

export function fillEvent(element, cells, event) {
  element.dataset.verdict = event.verdict;
  showIcon(cells.verdict, event.verdict);
  cells.word.textContent = event.verdict;
  cells.seq.textContent = count(event.seq);
  showTime(cells.time, event.received_at);
  showValue(cells.name, event.name);
  showStatus(cells.status, event.status);
  for (const field of ["account", "user", "session"]) showValue(cells[field], event[field]);
  showProblems(cells, event.problems);
}

const GAP_WORDS = { failed: "could not be loaded", loading: "loading…", waiting: "not shown" };
const LOAD_WORDS = { failed: "Try again", loading: "Load", waiting: "Load" };

// "12 events not shown (3 to 14)".
export function gapWords(gap, state = "waiting") {
  const range = gap.to > gap.from ? `${count(gap.from)} to ${count(gap.to)}` : count(gap.to);
  const some = gap.count === null ? "Some events" : counted(gap.count, "event");
  return `${some} ${gap.isKept ? GAP_WORDS[state] : "pruned: no longer kept"} (${range})`;
}

export function fillGap(element, { words, load }, gap, state = "waiting") {
  words.textContent = gapWords(gap, state);
  element.dataset.state = gap.isKept ? state : "pruned";
  load.hidden = !gap.isKept;
  load.disabled = state === "loading";
  load.textContent = LOAD_WORDS[state];
}

// What stands below the oldest event.
export function endWords({ first, isFiltered }) {
  if (first === 0) return "No event is kept any more.";
  const pruned = `The first event kept is No. ${count(first)}; older ones were pruned.`;
  if (isFiltered) return first > 1 ? `No older match. ${pruned}` : "No older match.";
  return first > 1 ? pruned : "This is the first event.";
}

export function fillEnd({ words }, row) {
  words.textContent = endWords(row);
}
