import { Api } from "../api/rest-api.js";
import { problemRangeIn } from "../core/json/problem-range.js";
import { formatDayAndClock } from "../core/text/format-time.js";
import { slotsOf, templateElement } from "../dom/templates.js";
import { PlanInput } from "../features/plan/plan-input.js";
import { inferredWords, judgedWords, mistakesWords, suspendedWords } from "../features/plan/plan-messages.js";

const COLUMNS = new Set("verdict name account user session seq time line delivery status size problem run".split(" "));
const WAIT = 20; // maximum seconds to wait for the re-validation

const page = document.querySelector("main");
const find = (name) => page.querySelector(`[data-plan-${name}]`);
const api = new Api(page.dataset.api, page.dataset.pair);
const save = find("save");
const dialog = find("replacing");
let kept = JSON.parse(document.getElementById("plan").textContent);
let mistakes = [];
let known = null;
let loaded = ""; // the text as it was before it was edited
let picked = 0; // the version in the menu

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

function load(text) {
  loaded = text;
  input.text = text;
}

// Asks first if the text has been edited and not saved. Returns whether it was replaced; one step undoes it.
async function replace(text) {
  if (input.text !== loaded && isChanged() && !(await mayReplace())) return false;
  input.replace(text);
  loaded = text;
  return true;
}

function mayReplace() {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "replace"), { once: true });
  });
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
  find("undo").hidden = !input.canUndo;
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
    load(written(kept.plan));
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
    const inferred = await api.inferredPlan();
    if (!inferred.events) return showStatus(inferredWords(inferred), "failed");
    if (await replace(written(inferred.plan))) showStatus(inferredWords(inferred));
  } catch (error) {
    showStatus(error.message, "failed");
  }
}

async function showVersions() {
  const { versions } = await api.planVersions();
  const options = versions.map(({ version, created_at }) => new Option(`Version ${version}, ${formatDayAndClock(created_at)}`, version));
  find("versions").replaceChildren(...(options.length ? options : [new Option("No version yet", 0)]));
  picked = Number(find("versions").value);
}

// Loads an older version into the text area; saving makes it the newest.
async function pick() {
  const version = Number(find("versions").value);
  if (!version) return;
  try {
    const { plan } = await api.plan(version);
    if (!(await replace(written(plan)))) {
      find("versions").value = picked;
      return;
    }
    picked = version;
    showStatus(version === kept.version ? judgedWords(kept) : `Version ${version}, unchanged. Save it to make it the newest.`);
  } catch (error) {
    showStatus(error.message, "failed");
  }
}

function showUndone() {
  loaded = "";
  find("versions").selectedIndex = -1;
  picked = 0;
  showStatus("The former text is back.");
}

function savedByKey(event) {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (save) put();
}

input.addEventListener("change", showSave);
input.addEventListener("rest", check);
input.addEventListener("undone", showUndone);
find("infer").addEventListener("click", infer);
find("undo").addEventListener("click", () => input.undo());
find("versions").addEventListener("change", pick);
save?.addEventListener("click", put);
document.addEventListener("keydown", savedByKey);
addEventListener("beforeunload", (event) => save && isChanged() && event.preventDefault());

load(written(kept.plan));
showStatus(judgedWords(kept));
showSuspension();
showVersions().catch((error) => showStatus(error.message, "failed"));
