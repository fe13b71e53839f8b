// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// install-ca.mjs GIVEN OWN ALL: writes the certificates of the PEM file GIVEN to OWN, and to ALL behind the public
// authorities that Node.js knows. A file without a certificate would make Node.js warn where nobody looks, so it ends here.

import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { rootCertificates } from "node:tls";

const [given, own, all] = process.argv.slice(2);
const found = readFileSync(given, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];

function refuse(reason) {
  console.error(`openclaw_ca_bundle_key: ${reason}`);
  process.exit(1);
}

if (!found.length) refuse("it holds no certificate in PEM form.");
found.forEach((certificate, index) => {
  try {
    new X509Certificate(certificate);
  } catch (error) {
    refuse(`its certificate ${index + 1} cannot be read: ${error.message}`);
  }
});
writeFileSync(own, `${found.join("\n")}\n`);
writeFileSync(all, `${[...rootCertificates, ...found].join("\n")}\n`);
