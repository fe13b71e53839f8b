// Copyright: (c) 2026, openclaw.kubernetes contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Downloads that are checked before anything is done with them, and archives read without a program of the image.
// Everything streams: the container that runs this has little memory.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import zlib from "node:zlib";

const TRIES = 4;
// Milliseconds without a byte after which a connection is given up. The timer also keeps Node.js from ending meanwhile.
const SILENCE = 30_000;
const BLOCK = 512;
// The first bytes of compressed files, and what reads them.
const COMPRESSIONS = [
  [[0x1f, 0x8b], () => zlib.createGunzip()],
  [[0x28, 0xb5, 0x2f, 0xfd], () => zlib.createZstdDecompress()],
];
const UNREADABLE = [
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz"],
  [[0x42, 0x5a, 0x68], "bzip2"],
];
const ZIP = [0x50, 0x4b, 0x03, 0x04];

// A problem that another try does not solve.
export class Refused extends Error {}

// Runs the program; what goes wrong is one line, since that is what a person is shown of it.
export async function main(program) {
  try {
    await program();
  } catch (error) {
    console.error(error instanceof Refused ? error.message : (error.stack ?? String(error)));
    process.exit(1);
  }
}

export async function digestOf(file, algorithm, encoding = "hex") {
  const hash = createHash(algorithm);
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest(encoding);
}

// Downloads to a file, and refuses it unless its digest is one of those declared.
export async function download(what, url, file, algorithm, encoding, expected) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchTo(url, file);
      break;
    } catch (error) {
      const reason = error.cause?.code ?? error.cause?.message ?? error.message;
      if (error instanceof Refused || attempt === TRIES) {
        throw new Refused(`${what}: cannot download ${url}: ${reason}`);
      }
      console.log(`${what}: ${url}: ${reason}; trying again`);
      await sleep(500 * 2 ** attempt);
    }
  }
  const found = await digestOf(file, algorithm, encoding);
  if (!expected.includes(found)) {
    throw new Refused(`${what}: ${url} has the ${algorithm} ${found}, but ${expected.join(" or ")} was declared`);
  }
}

async function fetchTo(url, file) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new Error(`no answer for ${SILENCE / 1000} s`)), SILENCE);
  try {
    // As it is: a body that was decompressed on the way would have another digest.
    const response = await fetch(url, { signal: stop.signal, headers: { "accept-encoding": "identity" } });
    if (!response.ok) {
      const Kind = response.status === 429 || response.status >= 500 ? Error : Refused;
      throw new Kind(`HTTP status ${response.status}`);
    }
    const heard = async function* (chunks) {
      for await (const chunk of chunks) {
        timer.refresh();
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(response.body), heard, fs.createWriteStream(file), { signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

function begins(head, bytes) {
  return bytes.every((byte, index) => head[index] === byte);
}

function headOf(file) {
  const head = Buffer.alloc(BLOCK);
  const descriptor = fs.openSync(file, "r");
  try {
    fs.readSync(descriptor, head, 0, BLOCK, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  return head;
}

// Whether a file is something to be taken out of, rather than something to run.
export function isArchive(file) {
  const head = headOf(file);
  const signs = [...COMPRESSIONS, ...UNREADABLE].map(([bytes]) => bytes);
  return [...signs, ZIP].some((bytes) => begins(head, bytes)) || isTar(head);
}

function isTar(head) {
  return head.toString("latin1", 257, 262) === "ustar";
}

// Takes files out of a tar or zip archive: place(name) says where one goes, or nothing for one that is not wanted.
export async function extract(what, file, place) {
  const head = headOf(file);
  const unreadable = UNREADABLE.find(([bytes]) => begins(head, bytes));
  if (unreadable) throw new Refused(`${what}: ${unreadable[1]} archives cannot be read; use one in tar.gz or zip`);
  if (begins(head, ZIP)) return unzip(what, file, place);
  const compression = COMPRESSIONS.find(([bytes]) => begins(head, bytes));
  if (!compression && !isTar(head)) throw new Refused(`${what}: is not a tar or zip archive`);
  const raw = fs.createReadStream(file);
  try {
    await untar(what, compression ? raw.pipe(compression[1]()) : raw, place);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(`${what}: the archive cannot be read: ${error.message}`);
  }
}

const plainName = (name) => name.replace(/^(\.?\/)+/, "");

function writer(target, mode) {
  fs.mkdirSync(path.dirname(target), { recursive: true });
  return fs.createWriteStream(target, { mode: mode & 0o111 ? 0o755 : 0o644 });
}

class Bytes {
  constructor(stream) {
    this.chunks = stream[Symbol.asyncIterator]();
    this.rest = Buffer.alloc(0);
  }

  // Up to `size` bytes; nothing at the end.
  async some(size) {
    while (this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done) return null;
      this.rest = next.value;
    }
    const part = this.rest.subarray(0, size);
    this.rest = this.rest.subarray(part.length);
    return part;
  }

  async *body(size) {
    for (let left = size; left > 0; ) {
      const part = await this.some(left);
      if (part === null) throw new Error("it ends too early");
      left -= part.length;
      yield part;
    }
  }

  async all(size) {
    const parts = [];
    for await (const part of this.body(size)) parts.push(part);
    return Buffer.concat(parts);
  }
}

async function untar(what, stream, place) {
  const bytes = new Bytes(stream);
  let longName = "";
  for (;;) {
    const first = await bytes.some(BLOCK);
    if (first === null) return;
    const header = first.length === BLOCK ? first : Buffer.concat([first, await bytes.all(BLOCK - first.length)]);
    if (header.every((byte) => byte === 0)) return;
    const text = (from, to) => header.toString("utf8", from, to).replace(/\0.*$/s, "");
    // Octal digits, or binary where they do not suffice.
    const binary = (to) => Number(header.readBigUInt64BE(to - 8));
    const number = (from, to) => (header[from] & 0x80 ? binary(to) : parseInt(text(from, to), 8) || 0);
    const [size, type, prefix] = [number(124, 136), text(156, 157), isTar(header) ? text(345, 500) : ""];
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    // Not files: what the next header has no room for.
    if (["L", "K", "x", "g"].includes(type)) {
      const told = (await bytes.all(size)).toString("utf8");
      await bytes.all(padding);
      if (type === "L") longName = told.replace(/\0.*$/s, "");
      if (type === "x") longName = /(?:^|\n)\d+ path=(.*)\n/.exec(told)?.[1] ?? longName;
      continue;
    }
    const name = plainName(longName || (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100)));
    longName = "";
    const target = type === "5" ? undefined : place(name);
    if (target && type !== "0" && type !== "") throw new Refused(`${what}: ${name} is a link in the archive`);
    const body = bytes.body(size);
    if (target) await pipeline(body, writer(target, number(100, 108)));
    else for await (const _ of body);
    await bytes.all(padding);
  }
}

async function unzip(what, file, place) {
  const size = fs.statSync(file).size;
  const descriptor = fs.openSync(file, "r");
  const read = (from, length) => {
    const part = Buffer.alloc(length);
    fs.readSync(descriptor, part, 0, length, from);
    return part;
  };
  try {
    // The end record is followed by a comment of up to 64 KiB.
    const tail = read(Math.max(0, size - 65557), Math.min(size, 65557));
    const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
    if (end < 0) throw new Refused(`${what}: the archive ends too early`);
    const listing = read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
    for (let at = 0; at + 46 <= listing.length; ) {
      const [nameLength, extra, comment] = [28, 30, 32].map((field) => listing.readUInt16LE(at + field));
      const name = plainName(listing.toString("utf8", at + 46, at + 46 + nameLength));
      const target = name.endsWith("/") ? undefined : place(name);
      if (target) {
        const mode = listing.readUInt32LE(at + 38) >>> 16;
        if ((mode & 0o170000) === 0o120000) throw new Refused(`${what}: ${name} is a link in the archive`);
        const method = listing.readUInt16LE(at + 10);
        const [packed, from] = [20, 42].map((field) => listing.readUInt32LE(at + field));
        if (method !== 0 && method !== 8) throw new Refused(`${what}: ${name} is compressed in a way that cannot be read`);
        const local = read(from, 30);
        const start = from + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
        const body = packed ? fs.createReadStream(file, { start, end: start + packed - 1 }) : Readable.from([]);
        await pipeline(...(method === 8 ? [body, zlib.createInflateRaw()] : [body]), writer(target, mode));
      }
      at += 46 + nameLength + extra + comment;
    }
  } finally {
    fs.closeSync(descriptor);
  }
}
