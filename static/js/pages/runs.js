import "./format-values.js";
import { Api } from "../api/rest-api.js";

const page = document.querySelector("main");
const api = new Api(page.dataset.api, page.dataset.pair);
const form = page.querySelector("[data-run-form]");
const failed = page.querySelector("[data-run-failed]");

// Only the fields with a value; the server chooses a missing name.
function given() {
  const filled = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
  return Object.fromEntries(filled.filter(([, value]) => value));
}

async function begin(event) {
  event.preventDefault();
  failed.hidden = true;
  try {
    const { id } = await api.beginRun(given());
    location.href = `${location.pathname}${id}/`;
  } catch (error) {
    failed.textContent = error.message;
    failed.hidden = false;
  }
}

form?.addEventListener("submit", begin);
