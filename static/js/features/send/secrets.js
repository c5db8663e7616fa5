import { curlCommand } from "../../core/text/curl-command.js";

// Loads the texts with the key pair's secrets: snippets, endpoint, sample requests. The page comes
// without them; they are loaded when a visitor reveals, copies or uses them, which adds an audit
// log entry.
export class Secrets {
  #api;
  #request = null;
  #known = null;

  constructor(api) {
    this.#api = api;
  }

  // {endpoint, languages, samples}; null until loaded.
  get known() {
    return this.#known;
  }

  async unlock() {
    this.#request ??= this.#api.secrets();
    try {
      this.#known = await this.#request;
    } catch (error) {
      this.#request = null; // the next call retries
      throw error;
    }
    return this.#known;
  }
}

// A command that sends a body with the real keys.
export async function curlWithKeys(secrets, body) {
  const { samples } = await secrets.unlock();
  return curlCommand(samples.curl, body);
}
