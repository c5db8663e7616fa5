import "./format-values.js";
import { delayBefore } from "../api/backoff.js";
import { Api } from "../api/rest-api.js";
import { formatCount, pluralize } from "../core/text/format-count.js";
import { showText } from "../dom/show-text.js";
import { showIcon, slotsOf, templateElement } from "../dom/templates.js";
import {
  changeLines,
  coverageWords,
  differenceWords,
  expectationFrom,
  fieldWords,
  runQuery,
  stateWords,
} from "../features/run/run-messages.js";
import { wireMenus } from "../ui/menu.js";

const WAIT = 25; // maximum seconds of a long poll
const PAUSE = 300; // minimum milliseconds between two reports
const ICONS = { seen: "valid", invalid: "invalid", not_seen: "open", warning: "warning" };

const page = document.querySelector("main");
const find = (name) => page.querySelector(`[data-run-${name}]`);
const { pair, api: root, run: id, stream } = page.dataset;
const mayChange = page.dataset.mayChange !== undefined;
const api = new Api(root, pair);
const finishDialog = document.querySelector("[data-finish-dialog]");
const drawn = new Map(); // part → its last rendered data
let shown = null; // the report

const rest = (ms) => new Promise((done) => setTimeout(done, ms));

function fail(error, place = "failed") {
  find(place).textContent = error ? error.message : "";
  find(place).hidden = !error;
}

function addressOf(query, hash = "") {
  return `${stream}?${new URLSearchParams({ q: query })}${hash}`;
}

// A part is rendered only if it changed, which keeps focus and selection.
function draw(name, content, make) {
  const text = JSON.stringify(content);
  if (drawn.get(name) === text) return;
  drawn.set(name, text);
  find(name).replaceChildren(...content.map(make));
}

function checkOf(state, name, detail) {
  const item = templateElement("run-check");
  const slots = slotsOf(item);
  item.dataset.state = state;
  showIcon(item.querySelector("svg"), ICONS[state]);
  showText(slots.name, name);
  slots.detail.textContent = detail;
  return { item, slots };
}

function link({ link }, text, address) {
  link.textContent = text;
  link.href = address;
  link.hidden = false;
}

function fieldOf(state, path, detail) {
  const item = templateElement("run-field");
  const slots = slotsOf(item);
  item.dataset.state = state;
  showIcon(item.querySelector("svg"), ICONS[state]);
  showText(slots.path, path);
  showText(slots.detail, detail);
  return item;
}

function showFields({ fields }, items) {
  fields.replaceChildren(...items);
  fields.hidden = items.length === 0;
}

function nameItem(row) {
  const { item, slots } = checkOf(row.state, row.name, stateWords(row));
  slots.chip.textContent = "required";
  slots.chip.hidden = !row.required;
  if (row.count) link(slots, "Show", addressOf(runQuery(shown.run.name, row.name)));
  const isSeen = row.state !== "not_seen";
  showFields(slots, row.fields.map((field) => fieldOf(field.state, field.path, isSeen ? fieldWords(field) : "")));
  return item;
}

function stateOf(result) {
  if (result.satisfied) return "seen";
  return result.events.length ? "invalid" : "not_seen";
}

function expectationItem(result, at) {
  const { item, slots } = checkOf(stateOf(result), result.label, result.message);
  item.dataset.kind = "list";
  const [first] = result.events;
  if (first) link(slots, `No. ${formatCount(first)}`, `${stream}#event-${first}`);
  slots.remove.hidden = !isOpen() || !mayChange;
  slots.remove.addEventListener("click", () => expect(shown.run.expect.toSpliced(at, 1)));
  showFields(
    slots,
    result.nearest.flatMap(({ seq, differences }) =>
      differences.map((one) => fieldOf("not_seen", `No. ${formatCount(seq)}`, differenceWords(one))),
    ),
  );
  return item;
}

function problemItem(problem) {
  const state = problem.severity === "error" ? "invalid" : "warning";
  const { item, slots } = checkOf(state, problem.code, `${problem.message} ×${formatCount(problem.count)}`);
  link(slots, `No. ${formatCount(problem.example.seq)}`, `${stream}#event-${problem.example.seq}`);
  const place = [problem.name, problem.path].filter(Boolean).join(" ");
  showFields(slots, place ? [fieldOf(state, place, problem.hint)] : []);
  return item;
}

function figureOf([name, many]) {
  const figure = templateElement("run-figure");
  const slots = slotsOf(figure);
  if (name !== "received") figure.dataset.verdict = name;
  slots.name.textContent = name;
  slots.count.textContent = formatCount(many);
  slots.count.dataset.count = many;
  return figure;
}

function failureItem(text) {
  const item = document.createElement("li");
  showText(item, text);
  return item;
}

const isOpen = () => shown.run.state === "open";

// An open run has not failed yet; its expectations are pending.
function showState() {
  const state = isOpen() ? "open" : shown.passed ? "passed" : "failed";
  const word = { open: shown.passed ? "open, complete" : "open", passed: "passed", failed: "failed" }[state];
  find("failures").dataset.state = state;
  find("state").dataset.state = shown.passed ? "passed" : state;
  showIcon(find("state").querySelector("svg"), { open: shown.passed ? "valid" : "open", passed: "valid", failed: "invalid" }[state]);
  if (find("word").textContent !== word) find("word").textContent = word;
  if (find("finish")) find("finish").hidden = !isOpen();
  if (find("expect")) find("expect").hidden = !isOpen();
}

function show(report) {
  shown = report;
  showState();
  const { refused } = report;
  draw("figures", Object.entries({ ...report.counts, ...(refused ? { refused } : {}) }), figureOf);
  draw("failures", report.failures, failureItem);
  draw("checklist", report.checklist, nameItem);
  draw("expectations", report.expectations, expectationItem);
  draw("problems", report.problems, problemItem);
  find("problems-part").hidden = report.problems.length === 0;
  find("coverage").textContent = coverageWords(report.coverage);
  find("shortened").hidden = !report.is_shortened;
  find("no-plan").hidden = report.checklist.length > 0 || report.is_shortened;
}

async function follow() {
  let attempt = 0;
  while (!shown || isOpen()) {
    try {
      show(await api.report(id, shown ? { stamp: shown.stamp, wait: WAIT } : {}));
      if (attempt) fail(null);
      attempt = 0;
      await rest(PAUSE);
    } catch (error) {
      fail(error);
      if (error.status === 404) return;
      await rest(delayBefore(attempt++));
    }
  }
}

function askToFinish() {
  finishDialog.returnValue = ""; // of the last time, which Cancel and Escape keep
  finishDialog.showModal();
}

async function finish() {
  try {
    show(await api.finishRun(id));
    fail(null);
  } catch (error) {
    fail(error);
  }
}

async function expect(expectations) {
  try {
    await api.changeRun(id, { expect: expectations });
    show(await api.report(id));
    fail(null, "expect-failed");
    return true;
  } catch (error) {
    fail(error.answer?.mistakes ? { message: error.answer.mistakes[0].message } : error, "expect-failed");
    return false;
  }
}

// Clears the form immediately. A rejected expectation is put back, unless the form is in use again.
async function addExpectation(event) {
  event.preventDefault();
  const form = find("expect");
  const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  form.reset();
  if ((await expect([...shown.run.expect, expectationFrom(given)])) || form.elements.query.value) return;
  for (const [name, value] of Object.entries(given)) form.elements[name].value = value;
}

function comparisonItems({ missing, extra, changed }) {
  const lines = (items) => items.map((text) => fieldOf("warning", text, ""));
  const items = [
    ...missing.map(({ name, count: many }) => checkOf("invalid", name || "no name", `missing; there ${pluralize(many, "event")}`)),
    ...extra.map(({ name, count: many }) => checkOf("warning", name || "no name", `new; here ${pluralize(many, "event")}`)),
    ...changed.map((one) => {
      const check = checkOf("warning", one.name || "no name", "changed");
      check.item.dataset.kind = "list";
      showFields(check.slots, lines(changeLines(one)));
      return check;
    }),
  ];
  return items.length ? items : [checkOf("seen", "No difference", "in names, verdicts and fields")];
}

async function compare() {
  const other = find("other").value;
  try {
    const items = other ? comparisonItems(await api.comparison(id, other)) : [];
    find("comparison").replaceChildren(...items.map(({ item }) => item));
    fail(null);
  } catch (error) {
    fail(error);
  }
}

for (const file of page.querySelectorAll("[data-run-file]")) {
  file.href = api.address(`runs/${id}/report`, { format: file.dataset.runFile });
}
find("events").href = addressOf(runQuery(page.querySelector("h1").textContent));
find("finish")?.addEventListener("click", askToFinish);
finishDialog?.addEventListener("close", () => finishDialog.returnValue === "finish" && finish());
find("expect")?.addEventListener("submit", addExpectation);
find("other")?.addEventListener("change", compare);
wireMenus();
follow();
