// Has OpenClaw make a snapshot of a state that may be in use, and unpacks it: files that have not changed are then the
// same for restic at each backup, which a packed archive never is.
// node backup-stage.mjs '{"openclaw": ..., "state": ..., "staging": ..., "timeout": ...}'

import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Problem, call, main, objects, reason } from "./openclaw-calls.mjs";

const SHARED = "state/openclaw.sqlite";
const MOST_LINKS = 20;

async function openclaw(given, ...words) {
  // A copy of each database is made there before it is packed.
  const room = path.join(given.staging, "tmp");
  mkdirSync(room, { recursive: true, mode: 0o700 });
  const env = { ...process.env, TMPDIR: room, XDG_CACHE_HOME: path.join(room, "cache") };
  const done = await call([process.execPath, given.openclaw, ...words, "--json"], { env, seconds: given.timeout });
  if (done.code === null) throw new Problem(`openclaw ${words[0]} ${words[1]} took longer than ${given.timeout} s`);
  const [told] = objects(done.out);
  if (done.code !== 0) {
    if (/ENOSPC|no space left/i.test(done.err + done.out)) throw new Problem("the staging folder is full: raise openclaw_backup_staging_size");
    throw new Problem(`openclaw ${words[0]} ${words[1]} failed: ${told?.error?.message ?? told?.message ?? reason(done)}`);
  }
  if (!told) throw new Problem(`openclaw ${words[0]} ${words[1]} printed no JSON: ${reason(done)}`);
  return told;
}

function payload(folder) {
  const inside = readdirSync(folder).map(name => path.join(folder, name, "payload", "posix")).find(existsSync);
  if (!inside) throw new Problem("the archive of openclaw has no payload that is known here");
  return inside;
}

// Files, bytes, and the links that would lead somewhere else on another machine.
function survey(folder) {
  const found = { files: 0, bytes: 0, links: [] };
  const walk = at => {
    for (const name of readdirSync(at)) {
      const each = path.join(at, name), stat = lstatSync(each);
      if (stat.isDirectory()) walk(each);
      else {
        found.files += 1;
        found.bytes += stat.size;
        if (stat.isSymbolicLink() && path.isAbsolute(readlinkSync(each)) && found.links.length < MOST_LINKS)
          found.links.push(path.relative(folder, each));
      }
    }
  };
  walk(folder);
  return found;
}

async function schema(given, state) {
  const database = path.join(state, SHARED);
  if (!existsSync(database)) return {};
  const done = await call([process.execPath, given.openclaw, "database", "preflight", database, "--json"], { seconds: given.timeout });
  const [told] = objects(done.out);
  return Number.isInteger(told?.foundVersion) ? { schema: told.foundVersion } : {};
}

await main(async given => {
  const archives = path.join(given.staging, "archive"), tree = path.join(given.staging, "tree");
  const snapshot = path.join(given.staging, "snapshot");
  for (const folder of [archives, tree, snapshot]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(archives, { recursive: true, mode: 0o700 });
  const made = await openclaw(given, "backup", "create", "--output", archives, "--verify");
  const archive = made.archivePath ?? path.join(archives, readdirSync(archives).find(name => name.endsWith(".tar.gz")) ?? "");
  await openclaw(given, "backup", "restore", archive, "--target", tree);
  rmSync(archives, { recursive: true, force: true });

  const from = payload(tree), state = path.join(snapshot, "state");
  if (!existsSync(path.join(from, given.state))) throw new Problem(`the archive of openclaw has no ${given.state}`);
  mkdirSync(snapshot, { recursive: true, mode: 0o700 });
  renameSync(path.join(from, given.state), state);
  rmSync(tree, { recursive: true, force: true });
  const { version } = JSON.parse(readFileSync(path.join(path.dirname(given.openclaw), "package.json"), "utf8"));
  const facts = { version, ...(await schema(given, state)), ...survey(state) };
  writeFileSync(path.join(given.staging, "facts.json"), JSON.stringify(facts));
  return facts;
});
