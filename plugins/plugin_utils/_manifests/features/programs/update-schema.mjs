// Whether a release can take over a state: the release that runs copies its database, the one to come judges the copy.
// '{"do": "copy" | "judge", "openclaw": ..., "copies": ..., "timeout": seconds}'

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

const TAKEN = ["exact", "startup-repairable", "migration-required"];
const given = JSON.parse(process.argv.at(-1));

function end(code, report) {
  console.log(JSON.stringify(report));
  process.exit(code);
}

function openclaw(...words) {
  const done = spawnSync(process.execPath, [given.openclaw, ...words, "--json"], {
    encoding: "utf8", timeout: given.timeout * 1000, killSignal: "SIGKILL", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "pipe"],
  });
  process.stderr.write(done.stderr ?? "");
  if (done.error?.code === "ETIMEDOUT") end(1, { problem: `openclaw ${words[0]} ${words[1]} took longer than ${given.timeout} s` });
  return done;
}

// What was printed may stand among other lines.
function told(text) {
  try {
    return JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  } catch {
    return {};
  }
}

function reason(done) {
  const lines = `${done.stdout}\n${done.stderr}`.split("\n").map(line => line.trim()).filter(Boolean);
  return told(done.stdout ?? "").error?.message ?? (lines.at(-1) ?? "it gave no reason").slice(0, 400);
}

const work = {
  copy() {
    rmSync(given.copies, { recursive: true, force: true });
    // Made here, and not by OpenClaw: below a volume of a group it would not be as private as OpenClaw wants it.
    mkdirSync(given.copies);
    chmodSync(given.copies, 0o700);
    const done = openclaw("backup", "sqlite", "create", "--global", "--repository", given.copies);
    if (done.status !== 0) end(1, { problem: `the release that runs cannot copy its database: ${reason(done)}` });
    end(0, { status: "copied" });
  },
  judge() {
    const copies = readdirSync(given.copies).map(name => path.join(given.copies, name, "database.sqlite")).filter(existsSync);
    if (copies.length !== 1) end(1, { problem: `there are ${copies.length} copies of the database, not one` });
    const done = openclaw("database", "preflight", copies[0]);
    const found = told(done.stdout ?? "");
    if (TAKEN.includes(found.status)) end(0, { status: found.status });
    end(1, { status: found.status ?? "unknown", problem: `the release cannot take over the state: ${found.status ?? reason(done)}` });
  },
};
work[given.do]();
