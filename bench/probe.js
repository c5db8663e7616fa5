// Runs in the measured page before its own scripts: which event was painted when, and how long the
// page was deaf.
globalThis.probe = { painted: [], longest: 0, tasks: 0, asked: 0 };
probe.firstPainted = new Promise((done) => (probe.tell = done)); // milliseconds on the page's clock

globalThis.WebSocket = class extends WebSocket {
  constructor(...parts) {
    super(...parts);
    probe.asked = performance.now();
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
  probe.painted.push([seq, performance.timeOrigin + at]);
};

let last = 0;
function look() {
  const top = document.querySelector("[data-rows] > .row[aria-rowindex='2']");
  const seq = Number(top?.dataset.seq ?? 0);
  if (seq > last) afterPaint.port2.postMessage(seq);
  last = Math.max(last, seq);
  requestAnimationFrame(look);
}
addEventListener("DOMContentLoaded", look);
