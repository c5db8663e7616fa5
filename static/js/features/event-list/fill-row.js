import { formatBytes, formatCount, pluralize } from "../../core/text/format-count.js";
import { leadingProblem } from "../../core/text/problem-severity.js";
import { setHidden, setText, setTitle } from "../../dom/set-if-changed.js";
import { showText } from "../../dom/show-text.js";
import { showIcon } from "../../dom/templates.js";
import { showTime } from "../../ui/time-elements.js";
import { pathValuesOf } from "../columns/path-values.js";

const REFUSED = 400;

function showValue(cell, value) {
  showText(cell, value ?? "");
  setTitle(cell, ""); // see ui/tooltips.js
  cell.toggleAttribute("data-none", !value);
}

function showMoment(cell, iso) {
  cell.toggleAttribute("data-none", !iso);
  if (iso) return showTime(cell, iso);
  cell.removeAttribute("datetime");
  setText(cell, "");
  setTitle(cell, "");
}

function showProblems(cells, problems) {
  showValue(cells.problem, leadingProblem(problems)?.message);
  cells.problem.parentElement.toggleAttribute("data-none", !problems.length);
  setHidden(cells.more, problems.length < 2);
  if (problems.length > 1) setText(cells.more, `+${problems.length - 1}`);
}

function showName(cells, { name, status }) {
  showValue(cells.name, name);
  setHidden(cells.status, status < REFUSED);
  if (status < REFUSED) return;
  setText(cells.status, String(status));
  setTitle(cells.status, `The sender got ${status}: the vendor would refuse the whole request.`);
}

const FILL = {
  seq: (cells, event) => setText(cells.seq, formatCount(event.seq)),
  time: (cells, event) => showMoment(cells.time, event.received_at),
  occurred: (cells, event) => showMoment(cells.occurred, event.occurred_at),
  name: showName,
  account: (cells, event) => showValue(cells.account, event.account),
  user: (cells, event) => showValue(cells.user, event.user),
  session: (cells, event) => showValue(cells.session, event.session),
  problem: (cells, event) => showProblems(cells, event.problems),
  delivery: (cells, event) => setText(cells.delivery, formatCount(event.delivery)),
  line: (cells, event) => setText(cells.line, formatCount(event.line)),
  size: (cells, event) => showValue(cells.size, formatBytes(event.size)),
};

// Values by dotted path; "…" until the event's text is loaded.
function showPaths(paths, event) {
  const values = pathValuesOf(event, paths.map(([path]) => path));
  for (const [path, cell] of paths) showValue(cell, values ? values.get(path) : "…");
}

// Fills an event row. `cells` are those of the shown columns, as returned by rowCells() in
// row-template.js.
export function fillEventRow(element, cells, event) {
  element.dataset.verdict = event.verdict;
  showIcon(cells.verdict, event.verdict);
  setText(cells.word, event.verdict);
  for (const name in FILL) if (cells[name]) FILL[name](cells, event);
  if (cells.paths.length) showPaths(cells.paths, event);
}

const GAP_WORDS = { failed: "could not be loaded", loading: "loading…", waiting: "not shown" };
const LOAD_WORDS = { failed: "Try again", loading: "Load", waiting: "Load" };

// "12 events not shown (3 to 14)".
export function gapWords(gap, state = "waiting") {
  const range = gap.to > gap.from ? `${formatCount(gap.from)} to ${formatCount(gap.to)}` : formatCount(gap.to);
  const what = gap.of ? "more event" : "event";
  const some = gap.count === null ? `Some ${what}s` : pluralize(gap.count, what);
  return `${some} ${gap.isKept ? GAP_WORDS[state] : "no longer kept"} (${range})`;
}

export function fillGapRow(element, { words, load }, gap, state = "waiting") {
  words.textContent = gapWords(gap, state);
  element.dataset.state = gap.isKept ? state : "pruned";
  element.ariaLevel = gap.of ? 2 : null;
  load.hidden = !gap.isKept;
  load.disabled = state === "loading";
  load.textContent = LOAD_WORDS[state];
}

// "312 events in 5 s".
export function groupWords({ name, verdict, count: n, start, end }) {
  return `${name ?? "no name"}, ${verdict}: ${pluralize(n, "event")} in ${secondsOf(start, end)}`;
}

const secondsOf = (start, end) => `${Math.max(1, Math.ceil((end - start) / 1_000))} s`;

export function fillGroupRow(element, cells, group) {
  element.dataset.verdict = group.verdict;
  element.ariaExpanded = group.isOpen;
  showIcon(cells.verdict, group.verdict);
  setText(cells.word, group.verdict);
  showText(cells["group-name"], group.name ?? "");
  setTitle(cells["group-name"], "");
  setText(cells["group-count"], `×${formatCount(group.count)} in ${secondsOf(group.start, group.end)}`);
  showMoment(cells["group-time"], new Date(group.end).toISOString());
  setText(cells["group-numbers"], `${formatCount(group.from)} … ${formatCount(group.to)}`);
}

// The text below the oldest event.
export function endWords({ first, floor, isFiltered }) {
  if (floor) return `Hidden: events up to No. ${formatCount(floor)}.`;
  if (first === 0) return "No event is kept any more.";
  const pruned = `The first event kept is No. ${formatCount(first)}; older ones are no longer kept.`;
  if (isFiltered) return first > 1 ? `No older match. ${pruned}` : "No older match.";
  return first > 1 ? pruned : "This is the first event.";
}

export function fillEndRow({ words }, row) {
  words.textContent = endWords(row);
}
