// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// install-plugins.mjs FOLDER OPENCLAW [BUNDLE...]: lets OpenClaw install the plugins of plugins.json and no others that
// came this way. FOLDER keeps their packages and a record out of the agent's reach. What is there, and as it was
// installed, is not touched; no package runs a script. A BUNDLE is a folder of packages or of mounted ConfigMaps.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { digestOf, download, extract, main, Refused } from "./download.mjs";
import { withRegistry } from "./registry.mjs";

const [folder, openclaw, ...bundles] = process.argv.slice(2);
const packageFolder = path.join(folder, "packages");
const recordFile = path.join(folder, "installed.json");
const projects = path.join(process.env.OPENCLAW_STATE_DIR, "npm", "projects");
// OpenClaw notes an installation in its configuration, which it cannot write here: it gets one of its own.
const scratch = path.join(process.env.HOME, "install-plugins");
const { NPM_CONFIG_REGISTRY, npm_config_registry } = process.env;
const registry = (NPM_CONFIG_REGISTRY || npm_config_registry || "https://registry.npmjs.org").replace(/\/+$/, "");
const MANIFEST = "manifest.json";
const SAID = 20_000;
const TOLD = 400;

const found = (place) => fs.lstatSync(place, { throwIfNoEntry: false });
const hex = (integrity) => Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex");
const archiveOf = (integrity) => path.join(packageFolder, `${hex(integrity)}.tgz`);

function readRecord() {
  try {
    return JSON.parse(fs.readFileSync(recordFile, "utf8"));
  } catch {
    return {};
  }
}

function writeRecord(record) {
  fs.writeFileSync(`${recordFile}.new`, JSON.stringify(record));
  fs.renameSync(`${recordFile}.new`, recordFile);
}

// Packages that the inventory brings along, by their digest: files of a folder, or parts in keys of ConfigMaps.
function* brought(bundle) {
  for (const entry of fs.readdirSync(bundle, { withFileTypes: true })) {
    const place = path.join(bundle, entry.name);
    if (entry.isFile() && entry.name.endsWith(".tgz")) {
      yield () => fs.readFileSync(place);
    } else if (entry.isDirectory() && fs.existsSync(path.join(place, MANIFEST))) {
      for (const { parts } of JSON.parse(fs.readFileSync(path.join(place, MANIFEST), "utf8"))) {
        yield () => Buffer.concat(parts.map(([map, key]) => fs.readFileSync(path.join(bundle, map, key))));
      }
    }
  }
}

// Keeps those of them that somebody declares.
function collect(wanted) {
  for (const bundle of bundles.filter((each) => fs.existsSync(each))) {
    for (const read of brought(bundle)) {
      const data = read();
      const digest = createHash("sha512").update(data).digest("hex");
      const place = path.join(packageFolder, `${digest}.tgz`);
      if (!wanted.has(place) || found(place)) continue;
      fs.writeFileSync(`${place}.new`, data);
      fs.renameSync(`${place}.new`, place);
    }
  }
}

// Where a package is, which is downloaded unless it is here.
async function obtained(what, { name, version, integrity }) {
  const place = archiveOf(integrity);
  if (found(place) && (await digestOf(place, "sha512")) === hex(integrity)) return place;
  const url = `${registry}/${name}/-/${name.replace(/^.*\//, "")}-${version}.tgz`;
  const digest = Buffer.from(hex(integrity), "hex").toString("base64");
  await download(`${what}: ${name}@${version}`, url, `${place}.new`, "sha512", "base64", [digest]);
  fs.renameSync(`${place}.new`, place);
  return place;
}

// What a package says of itself, from its archive.
async function manifestOf(what, archive, { name, version }) {
  const target = path.join(folder, ".package.json");
  fs.rmSync(target, { force: true });
  await extract(what, archive, (inside) => (/^[^/]+\/package\.json$/.test(inside) ? target : undefined));
  const manifest = found(target) ? JSON.parse(fs.readFileSync(target, "utf8")) : {};
  if (manifest.name !== name || manifest.version !== version) {
    throw new Refused(`${what}: the package is ${manifest.name}@${manifest.version}, but ${name}@${version} was declared`);
  }
  return manifest;
}

// Runs OpenClaw against a registry, and returns what it prints; its last words are what a person is told.
function run(what, url, words) {
  fs.rmSync(scratch, { recursive: true, force: true });
  fs.mkdirSync(scratch);
  const config = path.join(scratch, "openclaw.json");
  fs.writeFileSync(config, JSON.stringify({ gateway: { mode: "local" } }));
  const env = {
    ...process.env,
    OPENCLAW_CONFIG_PATH: config,
    NPM_CONFIG_CACHE: path.join(scratch, "npm"),
    NPM_CONFIG_REGISTRY: url,
    // What this registry refuses once it refuses again.
    NPM_CONFIG_FETCH_RETRIES: "0",
    NPM_CONFIG_IGNORE_SCRIPTS: "true",
    NPM_CONFIG_UPDATE_NOTIFIER: "false",
    NPM_CONFIG_USERCONFIG: "/dev/null",
    // Whatever proxy there is, this way does not lead through it.
    ...Object.fromEntries(["NO_PROXY", "no_proxy"].map((name) => [name, "127.0.0.1"])),
  };
  delete env.npm_config_registry;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [openclaw, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
    let [printed, said] = ["", ""];
    child.stdout.on("data", (data) => (printed += data));
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said = (said + data).slice(-SAID)));
    child.on("error", reject);
    child.on("close", (code) => {
      fs.rmSync(scratch, { recursive: true, force: true });
      if (code === 0) return resolve(printed);
      console.log(said);
      const lines = said.split("\n").map((line) => line.trim()).filter((line) => /\w/.test(line));
      reject(new Refused(`${what}: OpenClaw refuses it: ${(lines.at(-1) ?? `exit code ${code}`).slice(0, TOLD)}`));
    });
  });
}

function readJson(...steps) {
  try {
    return JSON.parse(fs.readFileSync(path.join(projects, ...steps), "utf8"));
  } catch {
    return {};
  }
}

// The folders that OpenClaw has made for a package, one for each installation of it.
function projectsOf(name) {
  const all = fs.existsSync(projects) ? fs.readdirSync(projects).filter((each) => !each.startsWith(".")) : [];
  return all.filter((each) => Object.keys(readJson(each, "package.json").dependencies ?? {}).join() === name);
}

// The one of them that OpenClaw will load.
async function projectOf(id, { name, version }) {
  const what = `plugin ${id}`;
  const said = await run(what, registry, ["plugins", "inspect", id, "--json"]);
  const { installPath = "" } = JSON.parse(said.slice(said.indexOf("{"))).install ?? {};
  const project = projectsOf(name).find((each) => installPath === path.join(projects, each, "node_modules", name));
  if (!project || readJson(project, "node_modules", name, "package.json").version !== version) {
    throw new Refused(`${what}: OpenClaw has installed something else than ${name}@${version}`);
  }
  return project;
}

// OpenClaw keeps those that a running gateway may still use; none runs now.
function removeOthers(name, kept) {
  for (const project of projectsOf(name)) {
    if (project !== kept) fs.rmSync(path.join(projects, project), { recursive: true, force: true });
  }
}

// Stands for every file of a folder; links only for where they lead.
function treeDigest(place) {
  const hash = createHash("sha256");
  const contentOf = (at) => createHash("sha256").update(fs.readFileSync(at)).digest("hex");
  const walk = (inside) => {
    const entries = fs.readdirSync(path.join(place, inside), { withFileTypes: true });
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const name = path.join(inside, entry.name);
      const at = path.join(place, name);
      if (entry.isDirectory()) walk(name);
      else if (entry.isSymbolicLink()) hash.update(`link ${name} ${fs.readlinkSync(at)}\0`);
      else if (entry.isFile()) hash.update(`file ${name} ${found(at).mode & 0o111} ${contentOf(at)}\0`);
      else hash.update(`other ${name}\0`);
    }
  };
  walk("");
  return hash.digest("hex");
}

function isThere(known, key) {
  if (known?.key !== key || !known.project) return false;
  const place = path.join(projects, known.project);
  return Boolean(found(place)?.isDirectory()) && treeDigest(place) === known.tree;
}

async function remove(id, { name, project }) {
  try {
    await run(`plugin ${id}`, registry, ["plugins", "uninstall", id, "--force"]);
  } catch (problem) {
    // One that never came, or that is gone already, is no reason to stop a pod.
    if (project && found(path.join(projects, project))) throw problem;
  }
  removeOthers(name);
}

async function install(id, plugin) {
  const what = `plugin ${id}`;
  const archive = await obtained(what, plugin);
  const manifest = await manifestOf(what, archive, plugin);
  const packages = [
    ...plugin.packages.map((each) => ({ ...each, file: () => obtained(what, each) })),
    { ...plugin, manifest, file: () => archive },
  ];
  await withRegistry(packages, async (url, missing) => {
    const words = ["plugins", "install", `npm:${plugin.name}@${plugin.version}`];
    try {
      await run(what, url, [...words, "--pin", "--force", "--accept-capabilities"]);
    } catch (problem) {
      const needed = Object.keys({ ...manifest.dependencies }).filter((name) => missing.has(name));
      if (!needed.length) throw problem;
      throw new Refused(`${what}: needs ${needed.join(", ")}, which its lock does not name; declare the lock of ${plugin.name}`);
    }
  });
  const project = await projectOf(id, plugin);
  removeOthers(plugin.name, project);
  return { project, tree: treeDigest(path.join(projects, project)) };
}

await main(async () => {
  fs.mkdirSync(packageFolder, { recursive: true });
  const plugins = JSON.parse(fs.readFileSync(new URL("./plugins.json", import.meta.url), "utf8"));
  const all = Object.values(plugins).flatMap((plugin) => [plugin, ...plugin.packages]);
  const wanted = new Set(all.map(({ integrity }) => archiveOf(integrity)));
  collect(wanted);
  const record = readRecord();
  for (const [id, { name }] of Object.entries(record)) {
    if (plugins[id]?.name === name) continue;
    await remove(id, record[id]);
    delete record[id];
    writeRecord(record);
    console.log(`plugin ${id}: removed`);
  }
  for (const [id, plugin] of Object.entries(plugins)) {
    const key = createHash("sha256").update(JSON.stringify(plugin)).digest("hex");
    if (isThere(record[id], key)) {
      console.log(`plugin ${id}: is there`);
      continue;
    }
    // Noted before, so that one whose installation breaks off is known as ours.
    const again = record[id]?.key === key;
    record[id] = { name: plugin.name };
    writeRecord(record);
    record[id] = { name: plugin.name, key, ...(await install(id, plugin)) };
    writeRecord(record);
    console.log(`plugin ${id}: ${plugin.name}@${plugin.version} installed${again ? " again, since it was changed" : ""}`);
  }
  for (const name of fs.readdirSync(packageFolder)) {
    const place = path.join(packageFolder, name);
    if (!wanted.has(place)) fs.rmSync(place, { force: true });
  }
});
