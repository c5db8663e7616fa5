import { curlCommand } from "../../core/text/curl-command.js";

// Loads what holds the key pair's secrets: snippets, endpoint, sample requests. The page comes without them;
// they are requested when somebody reveals, copies or uses them, and that is recorded.
export class Secrets {
  #api;
  #asked = null;
  #known = null;

  constructor(api) {
    this.#api = api;
  }

  // {endpoint, languages, samples}; null until they were asked for.
  get known() {
    return this.#known;
  }

  async unlock() {
    this.#asked ??= this.#api.secrets();
    try {
      this.#known = await this.#asked;
    } catch (error) {
      this.#asked = null; // the next try asks again
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
