// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Makes a folder hold the programs of tools.json and no others. What is there already is not downloaded again.
import fs from "node:fs";
import path from "node:path";
import { digestOf, download, extract, isArchive, main, Refused } from "./download.mjs";

const ARCHITECTURE = { x64: "amd64" }[process.arch] ?? process.arch;
const folder = process.argv[2];
const record = path.join(folder, ".installed.json");
const archive = path.join(folder, ".download");
const fresh = path.join(folder, ".new");

// A value may be given by architecture.
const here = (value) => (value !== null && typeof value === "object" ? value[ARCHITECTURE] : value);

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

async function install(name, url, sha256, member) {
  const what = `tool ${name}`;
  await download(what, url, archive, "sha256", "hex", [sha256]);
  if (member) {
    let found = false;
    const wanted = member.replace(/^(\.?\/)+/, "");
    await extract(what, archive, (inside) => {
      if (inside !== wanted) return undefined;
      found = true;
      return fresh;
    });
    if (!found) throw new Refused(`${what}: there is no ${member} in ${url}`);
    fs.rmSync(archive);
  } else {
    if (isArchive(archive)) throw new Refused(`${what}: ${url} is an archive; declare the path of the program in it`);
    fs.renameSync(archive, fresh);
  }
  fs.chmodSync(fresh, 0o755);
  fs.renameSync(fresh, path.join(folder, name));
}

await main(async () => {
  fs.mkdirSync(folder, { recursive: true });
  const tools = JSON.parse(fs.readFileSync(new URL("./tools.json", import.meta.url), "utf8"));
  const before = read(record);
  const installed = {};
  const wanted = Object.keys(tools).filter((name) => tools[name].image || here(tools[name].url));
  for (const name of fs.readdirSync(folder)) {
    if (!wanted.includes(name) && name !== path.basename(record)) fs.rmSync(path.join(folder, name), { force: true });
  }
  for (const [name, tool] of Object.entries(tools)) {
    if (tool.image) continue; // copied by a container of that image, after this one
    const [url, sha256, member] = [tool.url, tool.sha256, tool.path].map(here);
    if (!url) {
      console.log(`tool ${name}: none for ${ARCHITECTURE}`);
      continue;
    }
    const file = path.join(folder, name);
    const known = before[name];
    const same = known?.sha256 === sha256 && known?.path === (member ?? "") && fs.existsSync(file);
    if (same && known.program === (await digestOf(file, "sha256"))) {
      console.log(`tool ${name}: is there`);
      installed[name] = known;
    } else {
      await install(name, url, sha256, member);
      console.log(`tool ${name}: installed from ${url}`);
      installed[name] = { sha256, path: member ?? "", program: await digestOf(file, "sha256") };
    }
    fs.writeFileSync(record, JSON.stringify({ ...before, ...installed }));
  }
  fs.writeFileSync(record, JSON.stringify(installed));
});
