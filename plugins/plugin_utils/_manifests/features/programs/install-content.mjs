// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// install-content.mjs FOLDER: makes the trees of content.json what the manifests of the ConfigMaps below FOLDER say.
// The agent owns the places it writes to, so no link of the agent's is ever followed. A record on each volume, out of
// the agent's reach, tells what was written: so a seed comes once, and what is no longer declared goes.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const FOLDER_MODE = 0o755;
const content = process.argv[2];
const settings = JSON.parse(fs.readFileSync(new URL("./content.json", import.meta.url), "utf8"));

const found = (place) => fs.lstatSync(place, { throwIfNoEntry: false });
const digest = (data) => createHash("sha256").update(data).digest("hex");

function readRecord(volume) {
  try {
    const { managed = [], folders = [], seeded = [] } = JSON.parse(fs.readFileSync(path.join(volume, settings.record)));
    return { managed: new Set(managed), folders: new Set(folders), seeded: new Set(seeded) };
  } catch (problem) {
    if (problem.code !== "ENOENT") console.error(`${volume}/${settings.record}: ${problem.message}; begun anew`);
    return { managed: new Set(), folders: new Set(), seeded: new Set() };
  }
}

function writeRecord(volume, record) {
  const file = path.join(volume, settings.record);
  const plain = Object.fromEntries(Object.entries(record).map(([key, places]) => [key, [...places].sort()]));
  fs.rmSync(`${file}.new`, { force: true });
  fs.writeFileSync(`${file}.new`, JSON.stringify(plain), { flag: "wx", mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}

// Each volume with what was there before and what shall be there afterwards.
const volumes = new Map(
  settings.volumes.map((root) => {
    const before = readRecord(root);
    return [root, { root, before, after: { managed: new Set(), folders: new Set(), seeded: new Set() } }];
  }),
);

// Makes the folder of a place, each step a real one. What stands in its way goes if it may, otherwise this is false.
function makeFolder(volume, folder, mayReplace) {
  let at = volume.root;
  for (const step of path.relative(volume.root, folder).split(path.sep).filter(Boolean)) {
    at = path.join(at, step);
    const there = found(at);
    if (there?.isDirectory()) {
      if (volume.before.folders.has(at)) volume.after.folders.add(at);
      if (mayReplace && (there.mode & 0o700) !== 0o700) fs.chmodSync(at, (there.mode & 0o7777) | 0o700);
      continue;
    }
    if (there && !mayReplace) return false;
    if (there) fs.rmSync(at);
    fs.mkdirSync(at, { mode: FOLDER_MODE });
    volume.after.folders.add(at);
  }
  return true;
}

function write(place, data, mode) {
  const fresh = `${place}.install-content`;
  fs.rmSync(fresh, { recursive: true, force: true });
  fs.writeFileSync(fresh, data, { flag: "wx", mode: 0o600 });
  fs.chmodSync(fresh, mode);
  fs.renameSync(fresh, place);
}

function isSame(place, data, mode) {
  const there = found(place);
  if (!there?.isFile() || there.size !== data.length || (there.mode & 0o7777) !== mode) return false;
  return digest(fs.readFileSync(place)) === digest(data);
}

const policies = {
  seed(volume, place, data, mode) {
    if (!volume.before.seeded.has(place) && !found(place) && makeFolder(volume, path.dirname(place), false)) {
      if (!found(place)) write(place, data, mode);
    }
    for (let at = path.dirname(place); at !== volume.root; at = path.dirname(at)) {
      if (volume.before.folders.has(at)) volume.after.folders.add(at);
    }
    volume.after.seeded.add(place);
  },
  managed(volume, place, data, mode) {
    makeFolder(volume, path.dirname(place), true);
    volume.after.managed.add(place);
    if (isSame(place, data, mode)) return;
    if (found(place) && !found(place).isFile()) fs.rmSync(place, { recursive: true });
    write(place, data, mode);
  },
};

// What a mount is laid over has to be there, as its user made it: otherwise the kubelet makes it as root.
function makeMountPoint({ volume: root, place, file }) {
  const volume = volumes.get(root);
  if (!volume) return;
  if (!file) {
    makeFolder(volume, place, true);
    return;
  }
  makeFolder(volume, path.dirname(place), true);
  const there = found(place);
  if (there && !there.isFile()) fs.rmSync(place, { recursive: true });
  if (!there?.isFile()) write(place, Buffer.alloc(0), 0o644);
  if (!there?.isFile() || volume.before.managed.has(place)) volume.after.managed.add(place);
}

function* files() {
  for (const source of settings.sources) {
    for (const entry of JSON.parse(fs.readFileSync(path.join(content, source, "manifest.json"), "utf8"))) {
      if (entry.folder) {
        const folder = path.join(content, entry.folder);
        // A ConfigMap is mounted with hidden links beside its keys.
        for (const key of fs.readdirSync(folder).filter((name) => !name.startsWith(".."))) {
          const inside = entry.path ? `${entry.path}/${key}` : key;
          yield { ...entry, path: inside, data: fs.readFileSync(path.join(folder, key)) };
        }
      } else {
        const parts = entry.parts.map(([map, key]) => fs.readFileSync(path.join(content, map, key)));
        const data = Buffer.concat(parts);
        if (entry.sha256 && digest(data) !== entry.sha256) {
          throw new Error(`${entry.path}: is not what the manifest says; the ConfigMaps may still be on their way`);
        }
        yield { ...entry, data };
      }
    }
  }
}

function install({ tree: name, path: inside, mode, data }) {
  const tree = settings.trees[name];
  if (tree.policy === "readonly") {
    const place = inside ? path.join(tree.mounted, inside) : tree.mounted;
    fs.mkdirSync(path.dirname(place), { recursive: true, mode: FOLDER_MODE });
    write(place, data, mode);
  } else {
    policies[tree.policy](volumes.get(tree.volume), path.join(tree.place, inside), data, mode);
  }
}

// Removes what this program has put there, unless it is reached through a link or has become something else.
function prune({ before, after }) {
  for (const place of before.managed) {
    if (after.managed.has(place) || after.seeded.has(place)) continue;
    try {
      if (fs.realpathSync(path.dirname(place)) === path.dirname(place)) fs.unlinkSync(place);
    } catch (problem) {
      if (!["ENOENT", "ENOTDIR", "EISDIR", "EPERM"].includes(problem.code)) throw problem;
    }
  }
  for (const folder of [...before.folders].sort().reverse()) {
    if (after.folders.has(folder)) continue;
    try {
      if (fs.realpathSync(folder) === folder) fs.rmdirSync(folder);
    } catch (problem) {
      if (!["ENOENT", "ENOTDIR", "ENOTEMPTY"].includes(problem.code)) throw problem;
    }
  }
}

try {
  for (const tree of Object.values(settings.trees)) {
    if (tree.policy === "readonly") makeMountPoint(tree);
  }
  const counts = {};
  for (const file of files()) {
    install(file);
    const { policy } = settings.trees[file.tree];
    counts[policy] = (counts[policy] ?? 0) + 1;
  }
  for (const volume of volumes.values()) {
    prune(volume);
    writeRecord(volume.root, volume.after);
  }
  console.log(`files: ${Object.entries(counts).map(([policy, count]) => `${count} ${policy}`).join(", ")}`);
} catch (problem) {
  console.error(`cannot install the files: ${problem.message}`);
  process.exit(1);
}
