// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// A registry for npm inside the container, which knows the declared packages and nothing else: so whatever npm would
// like to resolve, it can only get versions and bytes that the inventory names.
import fs from "node:fs";
import http from "node:http";
import { Refused } from "./download.mjs";

const PORT_OF_ANY = 0;

// Serves packages, each {name, version, integrity, manifest, file: () => its path}, while work(url, missing) runs; missing
// holds the names that npm asked for in vain.
export async function withRegistry(packages, work) {
  const missing = new Set();
  const served = new Map(packages.map((each, index) => [`/-/${index}.tgz`, each]));
  let failure;
  const server = http.createServer(async (request, response) => {
    try {
      const path = decodeURIComponent(new URL(request.url, "http://registry").pathname);
      const found = served.get(path);
      if (found) {
        fs.createReadStream(await found.file()).pipe(response);
        return;
      }
      const name = path.slice(1);
      const versions = [...served].filter(([, each]) => each.name === name);
      if (!versions.length) missing.add(name);
      response.writeHead(versions.length ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(versions.length ? document(name, versions, url) : {}));
    } catch (problem) {
      failure ??= problem;
      response.writeHead(500).end();
    }
  });
  await new Promise((resolve) => server.listen(PORT_OF_ANY, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  try {
    return await work(url, missing);
  } catch (problem) {
    // Why a download failed says more than that npm got no answer.
    throw failure instanceof Refused ? failure : problem;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function document(name, versions, url) {
  const described = versions.map(([path, { version, integrity, manifest }]) => [
    version,
    { ...manifest, name, version, dist: { tarball: `${url}${path}`, integrity } },
  ]);
  return { name, "dist-tags": { latest: described.at(-1)[0] }, versions: Object.fromEntries(described) };
}
