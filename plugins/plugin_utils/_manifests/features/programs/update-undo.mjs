// Puts back the databases that a newer release has migrated, from the copies it made before. The gateway must be stopped.
// Then the release that comes back judges what is there.
// '{"openclaw": ..., "state": ..., "copies": ..., "since": seconds since 1970, "timeout": seconds}'

import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";

const COPY = /^(.+\.sqlite)\.pre-startup-migration-(.+)\.bak$/;
const given = JSON.parse(process.argv.at(-1));

function end(code, report) {
  console.log(JSON.stringify(report));
  process.exit(code);
}

// Of all databases: the shared one, and one for each agent.
function copies() {
  const agents = path.join(given.state, "agents");
  const folders = [path.join(given.state, "state")];
  if (existsSync(agents)) for (const agent of readdirSync(agents)) folders.push(path.join(agents, agent, "agent"));
  return folders.filter(existsSync).flatMap(folder => readdirSync(folder).flatMap(name => {
    const [, database, id] = COPY.exec(name) ?? [];
    const file = path.join(folder, name);
    const made = id === undefined ? 0 : statSync(file).mtimeMs / 1000;
    return made >= given.since ? [{ file, database: path.join(folder, database), id, made }] : [];
  }));
}

// Whoever is killed here leaves a database that is whole, and the copies to begin with again.
function putBack({ file, database }) {
  const next = `${database}.undo`;
  copyFileSync(file, next);
  const handle = openSync(next, "r+");
  fsyncSync(handle);
  closeSync(handle);
  for (const beside of ["-wal", "-shm", "-journal"]) rmSync(database + beside, { force: true });
  renameSync(next, database);
}

function openclaw(...words) {
  return spawnSync(process.execPath, [given.openclaw, ...words, "--json"], {
    encoding: "utf8", timeout: given.timeout * 1000, killSignal: "SIGKILL", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"],
  });
}

// Whether the release can start with the shared database: "exact" and the like, or why it is not known.
function judged() {
  rmSync(given.copies, { recursive: true, force: true });
  // Made here, and not by OpenClaw: below a volume of a group it would not be as private as OpenClaw wants it.
  mkdirSync(given.copies);
  chmodSync(given.copies, 0o700);
  if (openclaw("backup", "sqlite", "create", "--global", "--repository", given.copies).status !== 0) return "unreadable";
  const copy = readdirSync(given.copies).map(name => path.join(given.copies, name, "database.sqlite")).find(existsSync);
  const text = copy ? openclaw("database", "preflight", copy).stdout ?? "" : "";
  try {
    return JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1)).status ?? "unknown";
  } catch {
    return "unknown";
  }
}

try {
  // Of several migrations since, the first began with the state as it was.
  const [first] = copies().sort((one, other) => one.made - other.made);
  const chosen = first ? copies().filter(({ id }) => id === first.id) : [];
  chosen.forEach(putBack);
  const status = judged();
  const doubtful = chosen.length ? ["incompatible"] : ["incompatible", "indeterminate", "unreadable"];
  const whole = !doubtful.includes(status);
  end(0, { restored: chosen.map(({ database }) => path.relative(given.state, database)), status, whole });
} catch (error) {
  end(1, { problem: error.code === "ENOSPC" ? "no space is left on the volume" : `${error.code ?? error.name}: ${error.message}` });
}
