import { curlCommand } from "../../core/text/curl-command.js";

// A command that sends a body with the real keys.
export async function curlOf(secrets, body) {
  const { samples } = await secrets.unlock();
  return curlCommand(samples.curl, body);
}
