// Asks an S3 server one question, signed, before restic does: restic goes on for minutes after errors that never heal.

import { createHash, createHmac } from "node:crypto";
import http from "node:http";
import https from "node:https";

const EMPTY = createHash("sha256").update("").digest("hex");
const sign = (key, text) => createHmac("sha256", key).update(text).digest();
const coded = text => encodeURIComponent(text).replace(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

// The headers of AWS Signature Version 4; none without keys.
function signed(url, region, env, now) {
  const id = env.AWS_ACCESS_KEY_ID, secret = env.AWS_SECRET_ACCESS_KEY;
  if (!id || !secret) return {};
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, ""), day = time.slice(0, 8);
  const headers = { host: url.host, "x-amz-content-sha256": EMPTY, "x-amz-date": time };
  if (env.AWS_SESSION_TOKEN) headers["x-amz-security-token"] = env.AWS_SESSION_TOKEN;
  const names = Object.keys(headers).sort();
  const query = [...url.searchParams].map(([key, value]) => `${coded(key)}=${coded(value)}`).sort().join("&");
  const asked = ["GET", url.pathname, query, ...names.map(name => `${name}:${headers[name]}`), "", names.join(";"), EMPTY].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, scope, createHash("sha256").update(asked).digest("hex")].join("\n");
  const key = [region, "s3", "aws4_request"].reduce(sign, sign(`AWS4${secret}`, day));
  const signature = createHmac("sha256", key).update(text).digest("hex");
  return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}` };
}

function get(url, headers, ca, seconds) {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === "http:" ? http : https;
    const asked = request(url, { headers, ...(ca ? { ca } : {}), timeout: seconds * 1000 }, answer => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", part => { body = (body + part).slice(0, 65536); });
      answer.on("end", () => resolve({ status: answer.statusCode, body }));
      answer.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    asked.on("error", reject);
    asked.end();
  });
}

// Resolves to {status, code, keys}: the names of objects below `prefix`, at most `most`.
export async function listed(probe, prefix, most, { ca, env = process.env, seconds = 15, now = new Date() } = {}) {
  const url = new URL(probe.endpoint);
  if (probe.pathStyle) url.pathname = `/${probe.bucket}`;
  else {
    url.hostname = `${probe.bucket}.${url.hostname}`;
    url.pathname = "/";
  }
  for (const [key, value] of [["list-type", "2"], ["max-keys", String(most)], ["prefix", prefix]]) url.searchParams.set(key, value);
  // The query is sent the way it was signed.
  url.search = [...url.searchParams].map(([key, value]) => `${coded(key)}=${coded(value)}`).join("&");
  const { status, body } = await get(url, signed(url, probe.region, env, now), ca, seconds);
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? "";
  return { status, code, keys: [...body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(found => found[1]) };
}
