// Copies a whole volume to an empty one and compares every file. One that was killed goes on where it was.
// node volume-move.mjs '{"from": "/volume", "to": "/target"}'

import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, createReadStream, existsSync, lstatSync, lutimesSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Problem, main } from "./openclaw-calls.mjs";

// What the file system keeps for itself, and what a restore has staged.
const LEFT_OUT = new Set(["lost+found", ".restore"]);
const BEGUN = ".moving";

function digest(file) {
  return new Promise((resolve, reject) => {
    const hash = createHash("sha256");
    createReadStream(file).on("error", reject).on("data", part => hash.update(part)).on("end", () => resolve(hash.digest("hex")));
  });
}

function* walk(folder, below = "") {
  for (const name of readdirSync(path.join(folder, below)).sort()) {
    if (!below && (LEFT_OUT.has(name) || name === BEGUN)) continue;
    const at = path.join(below, name), stat = lstatSync(path.join(folder, at));
    yield [at, stat];
    if (stat.isDirectory()) yield* walk(folder, at);
  }
}

function copy(from, to, stat) {
  if (stat.isDirectory()) return mkdirSync(to, { recursive: true, mode: stat.mode });
  rmSync(to, { force: true });
  if (stat.isSymbolicLink()) {
    symlinkSync(readlinkSync(from), to);
    return lutimesSync(to, stat.atime, stat.mtime);
  }
  copyFileSync(from, to);
  chmodSync(to, stat.mode & 0o7777);
  return utimesSync(to, stat.atime, stat.mtime);
}

const kind = stat => (stat.isDirectory() ? "folder" : stat.isSymbolicLink() ? "link" : stat.isFile() ? "file" : "other");
const same = (one, other) => one.size === other.size && one.mtimeMs === other.mtimeMs && one.mode === other.mode;

await main(async ({ from, to }) => {
  const begun = path.join(to, BEGUN);
  const there = [...walk(to)].map(([at]) => at);
  if (!existsSync(begun) && there.length) throw new Problem(`the claim is not empty: it holds ${there.slice(0, 3).join(", ")}`);
  writeFileSync(begun, "");
  const all = [...walk(from)].filter(([, stat]) => kind(stat) !== "other");
  let bytes = 0;
  for (const [at, stat] of all) {
    const target = path.join(to, at);
    if (kind(stat) === "file") bytes += stat.size;
    if (kind(stat) === "file" && existsSync(target) && same(stat, lstatSync(target))) continue;
    copy(path.join(from, at), target, stat);
  }
  // From the inside out, since each file that is written changes the time of its folder.
  for (const [at, stat] of all.reverse()) {
    if (!stat.isDirectory()) continue;
    chmodSync(path.join(to, at), stat.mode & 0o7777);
    utimesSync(path.join(to, at), stat.atime, stat.mtime);
  }
  const known = new Map(all);
  for (const [at] of walk(to)) if (!known.has(at)) throw new Problem(`${at} is on the new volume only`);
  for (const [at, stat] of all) {
    const target = path.join(to, at), found = lstatSync(target, { throwIfNoEntry: false });
    if (!found || kind(found) !== kind(stat) || (found.mode & 0o777) !== (stat.mode & 0o777)) throw new Problem(`${at} was not copied as it is`);
    if (kind(stat) === "link" && readlinkSync(target) !== readlinkSync(path.join(from, at))) throw new Problem(`${at} leads elsewhere on the new volume`);
    if (kind(stat) === "file" && (await digest(target)) !== (await digest(path.join(from, at)))) throw new Problem(`${at} differs on the new volume`);
  }
  rmSync(begun);
  return { files: all.filter(([, stat]) => kind(stat) === "file").length, entries: all.length, bytes };
});
