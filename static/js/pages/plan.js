import { Api } from "../api/rest-api.js";
import { problemRangeIn } from "../core/json/problem-range.js";
import { pluralize } from "../core/text/format-count.js";
import { formatDayAndClock } from "../core/text/format-time.js";
import { slotsOf, templateElement } from "../dom/templates.js";
import { PlanInput } from "../features/plan/plan-input.js";
import { judgedWords, mistakesWords, suspendedWords } from "../features/plan/plan-messages.js";

const COLUMNS = new Set("verdict name account user session seq time line delivery status size problem run".split(" "));
const WAIT = 20; // maximum seconds to wait for the re-validation

const page = document.querySelector("main");
const find = (name) => page.querySelector(`[data-plan-${name}]`);
const api = new Api(page.dataset.api, page.dataset.pair);
const save = find("save");
let kept = JSON.parse(document.getElementById("plan").textContent);
let mistakes = [];
let known = null;

// Loaded for the first completion.
function whatWasSeen() {
  known ??= Promise.all([api.coverage(), api.fields()])
    .then(([{ names, not_seen }, fields]) => ({
      names: [...names.map(({ name }) => name).filter(Boolean), ...not_seen],
      fields: fields.filter(({ name }) => !COLUMNS.has(name)).map(({ name }) => ({ name: name.replace(/^\./, "") })),
    }))
    .catch(() => ({ names: [], fields: [] }));
  return known;
}

const input = new PlanInput(page, whatWasSeen);
const written = (plan) => JSON.stringify(plan, null, 2);

function showStatus(text, state = "") {
  find("status").textContent = text;
  find("status").dataset.state = state;
}

function showSuspension() {
  const words = suspendedWords(kept);
  find("suspended").hidden = !words;
  find("suspended").textContent = words;
}

function isChanged() {
  return input.text.trim() !== written(kept.plan);
}

function placeOf({ path, offset }) {
  return problemRangeIn(input.text, offset === null ? { path } : { column: offset + 1 });
}

function itemOf(mistake) {
  const item = templateElement("plan-mistake");
  const { words, path } = slotsOf(item);
  words.textContent = mistake.message;
  path.textContent = mistake.path;
  item.querySelector("button").addEventListener("click", () => input.select(placeOf(mistake)));
  return item;
}

function showMistakes(found) {
  mistakes = found;
  input.mark(found.map(placeOf));
  find("verdict").textContent = mistakesWords(found.length);
  find("mistakes").replaceChildren(...found.map(itemOf));
  showSave();
}

function showSave() {
  if (save) save.disabled = mistakes.length > 0 || !isChanged();
}

async function check() {
  const text = input.text;
  const found = await api.checkPlan(text).catch((error) => ({ error }));
  if (text !== input.text) return;
  if (found.error) showStatus(`Not checked. ${found.error.message}`, "failed");
  else showMistakes(found.mistakes);
}

async function put() {
  if (save.disabled) return;
  save.disabled = true;
  showStatus("Saving…");
  try {
    kept = await api.putPlan(input.text, kept.version, WAIT);
    input.text = written(kept.plan);
    showStatus(judgedWords(kept));
    showSuspension();
    await showVersions();
  } catch (error) {
    showStatus(error.message, "failed");
    if (error.answer?.mistakes) showMistakes(error.answer.mistakes);
  }
  showSave();
}

async function infer() {
  try {
    const { plan, events, names } = await api.inferredPlan();
    if (!events) return showStatus("No events to infer from: send some first.", "failed");
    input.text = written(plan);
    showStatus(`Inferred from ${pluralize(events, "event")} with ${pluralize(names, "name")}. Review it, then save.`);
  } catch (error) {
    showStatus(error.message, "failed");
  }
}

async function showVersions() {
  const { versions } = await api.planVersions();
  const options = versions.map(({ version, created_at }) => new Option(`Version ${version}, ${formatDayAndClock(created_at)}`, version));
  find("versions").replaceChildren(...(options.length ? options : [new Option("No version yet", 0)]));
}

// Loads an older version into the text area; saving makes it the newest.
async function pick() {
  const version = Number(find("versions").value);
  if (!version) return;
  try {
    const { plan } = await api.plan(version);
    input.text = written(plan);
    showStatus(version === kept.version ? judgedWords(kept) : `Version ${version}, unchanged. Save it to make it the newest.`);
  } catch (error) {
    showStatus(error.message, "failed");
  }
}

function savedByKey(event) {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (save) put();
}

input.addEventListener("change", showSave);
input.addEventListener("rest", check);
find("infer").addEventListener("click", infer);
find("versions").addEventListener("change", pick);
save?.addEventListener("click", put);
document.addEventListener("keydown", savedByKey);
addEventListener("beforeunload", (event) => save && isChanged() && event.preventDefault());

input.text = written(kept.plan);
showStatus(judgedWords(kept));
showSuspension();
showVersions().catch((error) => showStatus(error.message, "failed"));
