// A classic script, so that it runs before the first paint and the page does not flash.
try {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "system";
} catch {
  document.documentElement.dataset.theme = "system";
}
