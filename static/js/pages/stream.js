import { Feed } from "../api/feed.js";
import { Api } from "../api/rest-api.js";
import { VerdictChanges } from "../api/verdict-changes.js";
import { Address } from "../dom/address.js";
import { frameScheduler } from "../dom/frame-scheduler.js";
import { Chart } from "../features/chart/chart.js";
import { ColumnChoice } from "../features/columns/column-choice.js";
import { ColumnsMenu } from "../features/columns/columns-menu.js";
import { LongTextLoader } from "../features/columns/long-text-loader.js";
import { TableHeader } from "../features/columns/table-header.js";
import { PanelController } from "../features/detail-panel/panel-controller.js";
import { Splitter } from "../features/detail-panel/splitter.js";
import { EmptyState } from "../features/event-list/empty-state.js";
import { EventList } from "../features/event-list/event-list.js";
import { endWords, gapWords, groupWords } from "../features/event-list/fill-row.js";
import { GapObserver } from "../features/event-list/gap-observer.js";
import { ListNotices } from "../features/event-list/list-notices.js";
import { EventLog } from "../features/event-log/event-log.js";
import { loadAround, loadGap } from "../features/event-log/gap-loader.js";
import { Grouping } from "../features/event-log/grouping.js";
import { DeleteDialog } from "../features/export/delete-dialog.js";
import { exportScope } from "../features/export/export-scope.js";
import { Exporter } from "../features/export/exporter.js";
import { MoreMenu } from "../features/export/more-menu.js";
import { Filtering } from "../features/query-bar/filtering.js";
import { NestedFieldSearch } from "../features/query-bar/nested-field-search.js";
import { QueryBar } from "../features/query-bar/query-bar.js";
import { queryFromAddress } from "../features/query-bar/query-from-address.js";
import { ViewsMenu } from "../features/saved-views/views-menu.js";
import { failureReason } from "../features/send/checklist-steps.js";
import { Checklist } from "../features/send/checklist.js";
import { Secrets } from "../features/send/secrets.js";
import { SendBlock } from "../features/send/send-block.js";
import { Announcer } from "../features/stream-page/announcer.js";
import { Balance } from "../features/stream-page/balance.js";
import { ConnectionStatus } from "../features/stream-page/connection-status.js";
import { GoToMenu } from "../features/stream-page/go-to-menu.js";
import { wireShortcuts } from "../features/stream-page/keyboard-shortcuts.js";
import { PauseButton } from "../features/stream-page/pause-button.js";
import { TabTitle } from "../features/stream-page/tab-title.js";
import { TimeStyleMenu } from "../features/stream-page/time-style-menu.js";
import { wireMenus } from "../ui/menu.js";
import { keepTimesCurrent } from "../ui/time-elements.js";
import { wireTooltips } from "../ui/tooltips.js";

const page = document.querySelector("main");
const find = (name) => page.querySelector(`[data-${name}]`);
const { pair, api: root, feed: path, received } = page.dataset;

const address = new Address();
const api = new Api(root, pair);
const feed = new Feed(`${location.origin.replace(/^http/, "ws")}${path}`, () => api.isRefused());
const { mistake, ...question } = queryFromAddress(address);
feed.ask(mistake ? {} : question); // sent first; the page is ready before the reply
const log = new EventLog();
const grouping = new Grouping(address);
const list = new EventList(find("events"), log, grouping);
const bars = new ListNotices(find("list-bars"), { address, log, grouping });
const columns = new ColumnChoice(address, pair);
const head = new TableHeader(find("events"), columns);
const balance = new Balance(find("balance"));
const empty = new EmptyState(find("empty"), find("events"));
const announcer = new Announcer(find("announcer"));
const title = new TabTitle();
const shown = JSON.parse(document.getElementById("sending").textContent);
const secrets = new Secrets(api);
const { contentType } = shown;
const detail = new PanelController(find("workspace"), { api, log, list, address, goTo, secrets, contentType });
const pause = new PauseButton(find("pause"), find("newest"));
const checklist = new Checklist([...page.querySelectorAll("[data-checklist]")], api, feed);
const query = new QueryBar(find("query"), { api, address });
const nested = new NestedFieldSearch(() => query.knownFields());
const filtering = new Filtering(query, { page, log, list });
const repaint = frameScheduler(paint);
const MANY = 1_000; // events to load while bursts are grouped
let isOutdated = false; // the list has verdicts from before a re-validation
let latest = null; // the newest balance; null before the first frame
let refused = Number(page.dataset.refused);

function paint() {
  if (latest) balance.paint(latest);
  empty.paint(situation());
  pause.paint(log.countWaiting, list.isReading);
  bars.paint();
  list.paint();
  detail.paint();
  filtering.paint();
}

// Called on the first frame of another query; until then the old events stay.
function begin() {
  latest = null;
  pause.isPaused = false;
  list.toTop();
  log.release();
  filtering.begin();
}

// The state that explains an empty list.
function situation() {
  const { days, most, disabled } = find("empty").dataset;
  const { answer } = checklist;
  const total = latest?.received ?? Number(received);
  const isEmpty = log.last ? isBare() : total === 0;
  return {
    line: feed.state,
    isBare: isEmpty,
    nested: isEmpty && log.query ? nested.of(log.query) : [],
    isFiltered: log.query !== "",
    received: total,
    first: log.first,
    last: log.last,
    since: Number(address.get("since")),
    refused,
    reason: failureReason(answer),
    limit: feed.reason,
    isDisabled: answer ? answer.disabled !== null : disabled !== undefined,
    days: Number(days),
    most: Number(most),
  };
}

const isBare = () => !log.events.length && !log.rows().some(({ kind, isKept }) => kind === "gap" && isKept);

function take({ detail: frame }) {
  if (filtering.isPending) begin();
  const before = log.last;
  log.receive(frame);
  if (latest) {
    announcer.count(frame.events);
    const news = log.query ? frame.events.length + (frame.skipped ?? 0) : frame.last - before;
    title.count(news);
    bars.count(news);
  }
  latest = frame.balance;
  refused = latest.refused;
  detail.followRefused(refused);
  detail.followReceived(latest.received);
  repaint();
}

// New events are buffered while the reader pauses or scrolls down.
function settle() {
  const isStill = pause.isPaused || list.isReading;
  if (isStill) log.hold();
  else if (isOutdated) askAnew();
  else if (log.isHeld) release();
  repaint();
}

// Verdicts changed; a reader who scrolled down sees this after returning to the top.
function follow() {
  isOutdated = true;
  detail.renew();
  settle();
}

function askAnew() {
  isOutdated = false;
  filtering.ask(query.question, feed);
}

function release() {
  log.release();
  const [top] = log.rows();
  if (top?.kind === "gap" && top.isKept) load(top);
}

function goLive() {
  pause.isPaused = false;
  list.toTop();
  settle();
}

function togglePause() {
  if (pause.isPaused) return goLive();
  pause.isPaused = true;
  settle();
}

function showColumns() {
  head.paint();
  list.showColumns(columns.names);
}

async function load(gap, isUpwards = false) {
  list.markGap(gap, "loading");
  repaint();
  try {
    const place = gap.of ? gap.to : list.place;
    await loadGap(api, log, gap, { place, isUpwards, ...(grouping.isOn && { part: MANY }) });
    list.markGap(gap, null);
  } catch (error) {
    list.markGap(gap, "failed");
    announcer.say(error.message);
  }
  repaint();
}

// Goes to an event by number; 0 is the newest.
async function goTo(seq) {
  if (!seq || seq > log.last) return goLive();
  log.hold();
  await loadAround(api, log, seq).catch((error) => announcer.say(error.message));
  list.paint();
  list.reveal(seq);
  settle();
}

// Hides all events up to now; deletes nothing.
function clearView() {
  address.set({ since: String(log.last) });
  goLive();
}

function showSince() {
  log.floor = Number(address.get("since")) || 0;
  repaint();
}

function showGrouping() {
  find("group").ariaPressed = grouping.isOn;
  repaint();
}

// Reloads some events of a group that has none left in memory.
function toggleGroup(group) {
  grouping.toggle(group);
  announcer.say(`${groupWords(group)}: ${group.isOpen ? "folded" : "open"}.`);
  if (!group.isOpen && group.away && !group.members.length) load({ ...group.awayIn, of: group.id });
}

function fold(isOpen) {
  const group = list.selectedGroup;
  if (!group || group.isOpen !== isOpen) return false;
  list.choose(group);
  return true;
}

function stepTo(step) {
  if (detail.isEventOpen) return detail.step(-step);
  const row = list.step(step);
  if (row?.kind === "gap") announcer.say(gapWords(row));
  if (row?.kind === "group") announcer.say(groupWords(row));
  if (row?.kind === "end") announcer.say(endWords(row));
}

columns.addEventListener("change", showColumns);
nested.addEventListener("found", repaint);
empty.addEventListener("query", ({ detail: text }) => query.set(text));
query.addEventListener("ask", ({ detail: question }) => filtering.ask(question, feed));
query.addEventListener("ask", ({ detail: { q } }) => balance.showQuery(q));
balance.addEventListener("filter", ({ detail: verdict }) => (verdict ? query.toggle("verdict", verdict) : query.clear()));
balance.showQuery(query.question.q);
feed.addEventListener("mistake", ({ detail: mistake }) => query.reject(mistake));
grouping.addEventListener("change", showGrouping);
address.addEventListener("change", ({ detail: names }) => names.includes("since") && showSince());
feed.addEventListener("events", take);
new VerdictChanges(feed).addEventListener("due", follow);
feed.addEventListener("state", ({ detail: state }) => announcer.announceState(state));
feed.addEventListener("state", repaint);
list.addEventListener("reading", settle);
list.addEventListener("load", ({ detail: gap }) => load(gap));
list.addEventListener("toggle", ({ detail: group }) => toggleGroup(group));
list.addEventListener("open", ({ detail: seq }) => detail.choose(seq));
pause.addEventListener("toggle", togglePause);
pause.addEventListener("newest", goLive);
addEventListener("popstate", () => address.look());
addEventListener("online", () => feed.wake());
document.addEventListener("visibilitychange", () => document.hidden || feed.wake());

const keys = document.querySelector("[data-keys]");
document.querySelector("[data-keys-button]").addEventListener("click", () => keys.showModal());
wireShortcuts({
  older: () => stepTo(1),
  newer: () => stepTo(-1),
  open: () => list.selectedRow && list.choose(list.selectedRow),
  newest: goLive,
  pause: togglePause,
  group: () => grouping.turn(),
  clear: clearView,
  unfold: () => fold(false),
  fold: () => fold(true),
  copy: () => detail.copy("raw"),
  link: () => detail.copy("link"),
  compare: () => detail.mark(),
  nextTab: () => detail.stepTab(1),
  previousTab: () => detail.stepTab(-1),
  edit: () => detail.edit(),
  close: () => detail.close(),
  coverage: () => detail.toggleCoverage(),
  query: () => query.focus(),
  values: () => filtering.openValues(),
  keys: () => keys.showModal(),
});

showColumns();
new ColumnsMenu(find("columns-menu"), columns, () => log.events);
new TimeStyleMenu(find("time-menu"), address);
new GapObserver(list, log, load);
new GoToMenu(find("go-menu"), log, goTo);
find("group").addEventListener("click", () => grouping.turn());
find("clear").addEventListener("click", clearView);
showSince();
showGrouping();
new LongTextLoader(api, log, list, columns);
keepTimesCurrent();
wireTooltips();
const kept = () => ({ first: log.first, last: log.ceiling });
const isNarrowed = () => Object.keys(exportScope(address)).length > 0;
new MoreMenu(find("more-menu"), {
  ...{ api, address, kept, columns: () => address.get("columns") },
  exporter: new Exporter(document.querySelector("[data-export]")),
  deletion: new DeleteDialog(document.querySelector("[data-deletion]"), { api, kept, isNarrowed }),
});
new ViewsMenu(find("views-menu"), { api, address, pair });
wireMenus();
for (const place of page.querySelectorAll("[data-send]")) {
  new SendBlock(place, { shown, secrets, tools: { api, log } });
}
checklist.addEventListener("answer", repaint);
address.addEventListener("change", repaint);
empty.addEventListener("action", ({ detail: name }) => address.set({ [name]: "" }));
new Splitter(find("divider"), find("workspace"), find("panel-element"));
new Chart(find("chart"), { feed, api, address });
new ConnectionStatus(find("connection"), feed).paint();
detail.followRefused(refused);
detail.goToAddress();
repaint();
filtering.begin();
