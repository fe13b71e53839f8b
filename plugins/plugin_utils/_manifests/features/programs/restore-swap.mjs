// Puts what was restored in the place of what is there, by renaming, and back again. Each command can be killed at any
// moment and run once more: a volume has the old state or the new one, never a mixture.
// node restore-swap.mjs '{"command": "swap", "volumes": ["/volume"], "openclaw": ..., "timeout": ...}'
//   inspect  whether there is a state, and how much room
//   swap     the folders of .restore/incoming become those of the volume; what was there goes to .restore/former
//   undo     the other way round
//   settle   forget what was there

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Problem, main } from "./openclaw-calls.mjs";
import { databases, preflight } from "./state-databases.mjs";

const FOLDER = ".restore";
const inside = (volume, ...parts) => path.join(volume, FOLDER, ...parts);
const listed = folder => (existsSync(folder) ? readdirSync(folder).sort() : []);

// Renames are on the disk only when their folder is.
function settled(folder) {
  const opened = openSync(folder, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function move(from, to) {
  mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 });
  renameSync(from, to);
  settled(path.dirname(from));
  settled(path.dirname(to));
}

function write(file, content) {
  writeFileSync(`${file}.new`, JSON.stringify(content));
  renameSync(`${file}.new`, file);
  settled(path.dirname(file));
}

const read = (file, otherwise) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : otherwise);

// Channels of a copied instance would answer beside the original.
function silence(state) {
  const file = path.join(state, "openclaw.json");
  if (!existsSync(file)) return [];
  let config;
  try {
    config = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new Problem("openclaw.json of the snapshot is not plain JSON, so its channels cannot be turned off. Use openclaw_config_mode readonly");
  }
  const channels = Object.entries(config.channels ?? {}).filter(([, value]) => value && typeof value === "object" && value.enabled !== false);
  for (const [, value] of channels) value.enabled = false;
  if (channels.length) write(file, config);
  rmSync(`${file}.bak`, { force: true });
  return channels.map(([name]) => name);
}

const COMMANDS = {
  inspect({ volumes }) {
    const [volume] = volumes, state = path.join(volume, "state");
    const { bavail, bsize } = statfsSync(volume);
    return { empty: databases(state).length === 0, free: bavail * bsize };
  },

  async swap({ volumes, openclaw, timeout, clone }) {
    const state = inside(volumes[0], "incoming", "state");
    const begun = read(inside(volumes[0], "plan.json"), null);
    const facts = begun?.facts ?? { databases: await preflight(openclaw, state, timeout), ...(clone ? { silenced: silence(state) } : {}) };
    for (const volume of [...volumes].reverse()) {
      const plan = inside(volume, "plan.json");
      mkdirSync(inside(volume), { recursive: true, mode: 0o700 });
      const { entries } = read(plan, null) ?? { entries: listed(inside(volume, "incoming")) };
      write(plan, { entries, facts });
      for (const entry of entries) {
        const incoming = inside(volume, "incoming", entry), former = inside(volume, "former", entry), there = path.join(volume, entry);
        if (!existsSync(incoming)) continue;
        if (existsSync(there) && existsSync(former)) throw new Problem(`${there} has come back while it was being replaced. Is the gateway running?`);
        if (existsSync(there)) move(there, former);
        move(incoming, there);
      }
    }
    return { swapped: true, ...facts };
  },

  undo({ volumes }) {
    let undone = false;
    for (const volume of volumes) {
      for (const entry of read(inside(volume, "plan.json"), { entries: [] }).entries) {
        const incoming = inside(volume, "incoming", entry), former = inside(volume, "former", entry), there = path.join(volume, entry);
        // Without one of these, this entry was never replaced, or is back already.
        if (!existsSync(incoming) && existsSync(there)) move(there, incoming);
        if (existsSync(former)) move(former, there);
        undone = true;
      }
      rmSync(inside(volume), { recursive: true, force: true });
    }
    return { undone };
  },

  settle({ volumes }) {
    for (const volume of volumes) rmSync(inside(volume), { recursive: true, force: true });
    return { settled: true };
  },
};

await main(async given => {
  for (const volume of given.volumes) {
    if (!existsSync(volume) || !statSync(volume).isDirectory()) throw new Problem(`${volume} is not mounted`);
  }
  return COMMANDS[given.command](given);
});
