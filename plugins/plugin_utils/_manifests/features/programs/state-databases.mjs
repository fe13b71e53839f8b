// What this release of OpenClaw thinks of the databases of a state that was copied.

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { Problem, call, objects } from "./openclaw-calls.mjs";

const FITS = new Set(["exact", "startup-repairable", "migration-required"]);

// The shared database, and one for each agent.
export function databases(state) {
  const agents = path.join(state, "agents");
  const found = [path.join(state, "state", "openclaw.sqlite")];
  for (const agent of existsSync(agents) ? readdirSync(agents) : []) found.push(path.join(agents, agent, "agent", "openclaw-agent.sqlite"));
  return found.filter(existsSync);
}

// Raises for a database of a newer release, or a damaged one. Resolves to the status of each.
export async function preflight(openclaw, state, seconds) {
  const found = {};
  for (const database of databases(state)) {
    const name = path.relative(state, database);
    const done = await call([process.execPath, openclaw, "database", "preflight", database, "--json"], { seconds });
    const [told] = objects(done.out);
    const status = told?.status ?? "unreadable";
    if (!FITS.has(status)) throw new Problem(`${name} is ${status} for this release of OpenClaw: ${told?.reason ?? told?.issues?.[0]?.message ?? `it has schema ${told?.foundVersion}, and ${told?.targetVersion} is known`}`);
    found[name] = status;
  }
  return found;
}
