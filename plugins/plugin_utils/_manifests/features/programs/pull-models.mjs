// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Lets Ollama pull the models that it does not have yet, and fails with the name of one that cannot be had.
import { answers, reasonOf } from "./answers.mjs";

const [server, seconds, ...models] = process.argv.slice(2);

const post = (path, body) => fetch(server + path, { method: "POST", body: JSON.stringify(body) });

// The answer is one JSON object a line, as long as the download takes.
async function* progress(response) {
  let rest = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop();
    for (const line of lines.filter(Boolean)) yield JSON.parse(line);
  }
  if (rest.trim()) yield JSON.parse(rest);
}

// What a person reads of it: every status once, and of a download every tenth of the way.
function shown({ status, completed = 0, total }) {
  return total ? `${status} ${Math.floor((10 * completed) / total) * 10}%` : status;
}

async function pull(model) {
  let step = {};
  let told;
  for await (step of progress(await post("/api/pull", { model, stream: true }))) {
    if (step.error) throw new Error(step.error);
    if (shown(step) !== told) console.log(`${model}: ${(told = shown(step))}`);
  }
  if (step.status !== "success") throw new Error("the server broke off");
}

await answers("Ollama", `${server}/api/version`, Number(seconds));
for (const model of models) {
  try {
    if ((await post("/api/show", { model })).ok) console.log(`${model}: is there`);
    else await pull(model);
  } catch (error) {
    console.error(`openclaw_ollama_models  ${model}: cannot be pulled: ${reasonOf(error)}`);
    process.exit(1);
  }
}
