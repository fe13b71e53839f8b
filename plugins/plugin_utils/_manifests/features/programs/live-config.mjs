// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reads the configuration file that the gateway may write itself, and installs a merged one in its place.
//
//   live-config.mjs read FILE            prints gzip in base64: {digest, text, applied}; what looks secret stays here
//   live-config.mjs start FILE FOLDER    at the start of a pod: installs from the mounted FOLDER, unless the file is
//                                        another one by now than the one that was merged
//   live-config.mjs install FILE SIZE    the same while the gateway runs, from SIZE bytes of standard input; ends with 75
//                                        where somebody was faster
//   live-config.mjs await                waits until the gateway runs what is in its file
//
// The merge itself is made elsewhere, so it gets the text with a mark in the place of each secret. The same text gives
// the same marks: that is how the installer finds what belongs there.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { gzipSync } from "node:zlib";

const MARK = "openclaw.kubernetes/kept:";
const FASTER = 75;
const SECRET_KEY =
  /(token|secret|password|passphrase|api[-_]?key|credentials?|private[-_]?key|authorization|cookie|webhook[-_]?url)$/i;
const SECRET_VALUE =
  /^(sk-|xox[abeprs]-|xapp-|gh[opsu]_|github_pat_|glpat-|AIza|AKIA|eyJ[\w-]+\.|-----BEGIN|\d{6,}:[\w-]{30})|:\/\/[^/@\s]+:[^/@\s]+@/;
const REFERENCE = /^(\$\{[A-Z_][A-Z0-9_]*\}|)$/;
const LITERAL = `"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'`;
const ENTRY = new RegExp(`(?:(${LITERAL}|[A-Za-z_$][\\w$]*)(\\s*:\\s*))?(${LITERAL})`, "g");
const ENOUGH_FOR_A_SECRET = 8;

const hash = (text) => createHash("sha256").update(text).digest("hex");

const existing = (file) => {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
};

const decoded = (literal) => {
  const inner = literal.slice(1, -1);
  try {
    return JSON.parse(literal[0] === '"' ? literal : `"${inner.replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
  } catch {
    return inner;
  }
};

const given = Object.entries(process.env)
  .filter(([name, value]) => SECRET_KEY.test(name) && value.length >= ENOUGH_FOR_A_SECRET)
  .map(([, value]) => value);

const isSecret = (key, value) =>
  !REFERENCE.test(value) &&
  (SECRET_KEY.test(key) || SECRET_VALUE.test(value) || given.some((secret) => value.includes(secret)));

function masked(text) {
  const values = new Map();
  const shown = text.replace(ENTRY, (all, key = "", colon = "", literal) => {
    const value = decoded(literal);
    if (!isSecret(key.replace(/^["']|["']$/g, ""), value)) return all;
    const mark = MARK + hash(value).slice(0, 16);
    values.set(mark, value);
    return `${key}${colon}"${mark}"`;
  });
  return { text: shown, values };
}

function filled(value, kept) {
  if (Array.isArray(value)) return value.map((entry) => filled(entry, kept)).filter((entry) => entry !== undefined);
  if (value && typeof value === "object") {
    const entries = Object.entries(value).map(([key, child]) => [key, filled(child, kept)]);
    return Object.fromEntries(entries.filter(([, child]) => child !== undefined));
  }
  // A mark without its value is a setting of a volume that is gone.
  return typeof value === "string" && value.startsWith(MARK) ? kept.get(value) : value;
}

function replace(file, text) {
  fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
  fs.chmodSync(`${file}.new`, 0o600);
  fs.renameSync(`${file}.new`, file);
}

const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

function arrived(buffer, offset) {
  try {
    return fs.readSync(0, buffer, offset, buffer.length - offset, null);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
    pause(20);
    return arrived(buffer, offset);
  }
}

const beside = (file) => `${file.replace(/\.json$/, "")}.applied.json`;

function install(file, { from, config, applied }) {
  const live = existing(file);
  if (live !== null && hash(live) !== from) return false;
  const kept = live === null ? new Map() : masked(live).values;
  const text = JSON.stringify(filled(JSON.parse(config), kept), null, 2) + "\n";
  // Between the two files there is no base rather than a wrong one, which would pass the inventory's old values off as
  // edits.
  fs.rmSync(beside(file), { force: true });
  replace(file, text);
  replace(beside(file), applied);
  // OpenClaw would restore its own backup over a file that looks damaged beside it.
  fs.rmSync(`${file}.bak`, { force: true });
  return true;
}

const commands = {
  read(file) {
    const live = existing(file);
    const found = live === null ? {} : { digest: hash(live), text: masked(live).text };
    const applied = existing(beside(file));
    if (applied !== null) found.applied = masked(applied).text;
    console.log(gzipSync(JSON.stringify(found)).toString("base64"));
  },
  start(file, folder) {
    const part = (name) => fs.readFileSync(`${folder}/${name}`, "utf8");
    const done = install(file, { from: part("merged-from"), config: part("openclaw.json"), applied: part("applied.json") });
    console.log(done ? "installed the merged configuration" : "the configuration was edited meanwhile: kept as it is");
  },
  install(file, size) {
    const wanted = Buffer.alloc(Number(size));
    for (let read = 0; read < wanted.length; ) {
      const count = arrived(wanted, read);
      if (count === 0) throw new Error("standard input ended early");
      read += count;
    }
    if (install(file, JSON.parse(wanted.toString("utf8")))) return;
    console.error("the configuration was edited meanwhile");
    process.exitCode = FASTER;
  },
  await() {
    const call = ["/app/openclaw.mjs", "gateway", "call", "config.get", "--json", "--timeout", "10000"];
    for (let attempt = 0; attempt < 30; attempt += 1) {
      try {
        const said = execFileSync(process.execPath, call, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
        const answer = JSON.parse(said.slice(said.indexOf("{")));
        if (answer.appliedConfigHash && answer.appliedConfigHash === answer.configRevisionHash) return;
      } catch {
        // It restarts itself for some settings.
      }
      pause(1000);
    }
    console.error("the gateway does not run the configuration in its file; restart it");
    process.exitCode = 1;
  },
};

// Run from a file, or as text that was read from standard input.
const [command, ...words] = process.argv.slice(process.argv[1].endsWith(".mjs") ? 2 : 1);
try {
  commands[command](...words);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
