// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Makes a folder hold the pnpm and the Python of runtime.json. What is there already is not downloaded again; what
// another version left is removed once its successor works.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { download, extract, main, Refused } from "./download.mjs";

const [folder, uv] = process.argv.slice(2);
const programs = path.join(folder, "bin");
// The native program goes by the name that it is called by.
const NATIVE = { pnpm: "pnpm", pn: "pnpm", pnpx: "pnpm", pnx: "pnpm" };
const { NPM_CONFIG_REGISTRY, npm_config_registry } = process.env;
const registry = (NPM_CONFIG_REGISTRY || npm_config_registry || "https://registry.npmjs.org").replace(/\/+$/, "");

function link(name, target) {
  const place = path.join(programs, name);
  fs.rmSync(place, { force: true });
  fs.symlinkSync(path.relative(programs, target), place);
}

// What a folder was made for, as its last step wrote it down.
function madeFor(place) {
  try {
    return fs.readFileSync(path.join(place, ".made-for"), "utf8");
  } catch {
    return "";
  }
}

async function installPnpm({ version, integrity }) {
  const what = `pnpm ${version}`;
  const home = path.join(folder, "pnpm");
  const wanted = `${version} ${integrity}`;
  if (madeFor(home) === wanted) {
    console.log(`${what}: is there`);
  } else {
    const fresh = path.join(folder, ".pnpm");
    fs.rmSync(fresh, { recursive: true, force: true });
    fs.mkdirSync(fresh, { recursive: true });
    const archive = path.join(fresh, "archive.tgz");
    // Since version 12 the package pnpm holds no pnpm, but names packages of native programs.
    const name = parseInt(version) < 12 ? "pnpm" : `@pnpm/exe.linux-${process.arch}`;
    const url = `${registry}/${name}/-/${path.basename(name)}-${version}.tgz`;
    const digests = integrity.split(/\s+/).map((each) => each.replace(/^sha512-/, ""));
    await download(what, url, archive, "sha512", "base64", digests);
    await extract(what, archive, (name) => {
      const target = path.join(fresh, name.replace(/^[^/]+\//, ""));
      if (!target.startsWith(fresh + path.sep)) throw new Refused(`${what}: the archive leads outside its folder`);
      return target;
    });
    fs.rmSync(archive);
    fs.writeFileSync(path.join(fresh, ".made-for"), wanted);
    fs.rmSync(home, { recursive: true, force: true });
    fs.renameSync(fresh, home);
    console.log(`${what}: installed from ${url}`);
  }
  const { bin } = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8"));
  for (const [name, program] of Object.entries(bin ?? NATIVE)) {
    fs.chmodSync(path.join(home, program), 0o755);
    link(name, path.join(home, program));
  }
}

function installPython(version) {
  const what = `Python ${version}`;
  const home = path.join(folder, "python");
  // The user's own variables say where a mirror is; where things go and what is taken is not theirs to say.
  const env = {
    ...process.env,
    UV_PYTHON_INSTALL_DIR: home,
    UV_PYTHON_INSTALL_BIN: "0",
    UV_PYTHON_PREFERENCE: "only-managed",
  };
  const options = { env, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" };
  const run = (...words) => execFileSync(uv, words, options).trim();
  const place = path.join(programs, "python3");
  if (madeFor(home) === version && fs.existsSync(place)) {
    console.log(`${what}: is there`);
    return;
  }
  try {
    run("python", "install", version);
    const program = fs.realpathSync(run("python", "find", version));
    execFileSync(program, ["--version"], { stdio: "inherit" });
    link("python3", program);
    link("python", program);
    const root = fs.realpathSync(home);
    const kept = path.join(root, path.relative(root, program).split(path.sep)[0]);
    for (const name of fs.readdirSync(home).filter((each) => !each.startsWith("."))) {
      const other = path.join(home, name);
      if (fs.realpathSync(other) !== kept) fs.rmSync(other, { recursive: true, force: true });
    }
    fs.writeFileSync(path.join(home, ".made-for"), version);
    console.log(`${what}: installed as ${program}`);
  } catch (error) {
    throw new Refused(`${what}: uv could not install it: ${error.message.split("\n")[0]}`);
  }
}

await main(async () => {
  const { pnpm, python } = JSON.parse(fs.readFileSync(new URL("./runtime.json", import.meta.url), "utf8"));
  fs.mkdirSync(programs, { recursive: true });
  for (const [name, wanted] of [["pnpm", pnpm], ["python", python]]) {
    if (!wanted) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  // A link without its target would only hide a program of the image.
  for (const name of fs.readdirSync(programs)) {
    if (!fs.existsSync(path.join(programs, name))) fs.rmSync(path.join(programs, name), { force: true });
  }
  if (pnpm) await installPnpm(pnpm);
  if (python) installPython(python);
});
