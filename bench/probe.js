// Runs before the page's own scripts. It records when each event was painted, and the longest time
// for which the page could not respond.
globalThis.probe = { painted: [], longest: 0, tasks: 0 };
probe.firstPainted = new Promise((done) => (probe.tell = done)); // milliseconds on the page's clock
probe.ask = (search) => {
  history.pushState({}, "", search);
  dispatchEvent(new PopStateEvent("popstate"));
  return probe.answer; // milliseconds until its first rows are painted
};
let answered = null; // the socket whose first reply is not painted yet

globalThis.WebSocket = class extends WebSocket {
  constructor(...parts) {
    super(...parts);
    const asked = performance.now();
    probe.answer = new Promise((done) => (this.tell = () => done(performance.now() - asked)));
    this.addEventListener("message", () => (answered = this), { once: true });
  }
};

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) {
    probe.tasks += 1;
    probe.longest = Math.max(probe.longest, duration);
  }
}).observe({ type: "longtask" });

const afterPaint = new MessageChannel();
afterPaint.port1.onmessage = ({ data: seq }) => {
  const at = performance.now();
  probe.tell(at);
  answered?.tell();
  answered = null;
  probe.painted.push([seq, performance.timeOrigin + at]);
};

let last = 0;
function look() {
  const top = document.querySelector("[data-rows] > .row[aria-rowindex='2']");
  const seq = Number(top?.dataset.seq ?? 0);
  if (seq > last || answered) afterPaint.port2.postMessage(seq);
  last = Math.max(last, seq);
  requestAnimationFrame(look);
}
addEventListener("DOMContentLoaded", look);
