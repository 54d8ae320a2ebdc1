// Sign a person in with Freedom ID and read what she shares: the partner API. Node.js 20 or later, no packages.
//
//     export FREEDOM_ID=https://id.example CLIENT_ID=... SECRET=... REDIRECT_URI=https://shop.example/callback
//     node freedom_id_api.mjs
//
// It prints an address for the browser and asks for the one to which the browser came back. On a site these are two
// requests, and what `begin` returns is kept in the visitor's session in between.

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";

const { FREEDOM_ID, CLIENT_ID, SECRET, REDIRECT_URI } = process.env;
const GRANTS = ["read.firstname", "read.phone", "read.profile"];
const BASIC = `Basic ${Buffer.from(`${CLIENT_ID}:${SECRET}`).toString("base64")}`;

// Throws when Freedom ID says no: `status` is HTTP's, `refusal` holds `code` and `message`, or `errors` by field.
async function call(method, path, authorization, body) {
  const answer = await fetch(`${FREEDOM_ID}/api/v1/oauth${path}`, {
    method,
    headers: { Authorization: authorization, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const said = await answer.json();
  if (answer.ok) return said;
  throw Object.assign(new Error(said.error.message), { status: answer.status, refusal: said.error });
}

// Link: the address of the sign-in page, and what to keep until the person comes back.
async function begin() {
  const kept = { state: randomBytes(32).toString("base64url"), verifier: randomBytes(32).toString("base64url") };
  const link = await call("POST", "/authorize", BASIC, {
    redirect_uri: REDIRECT_URI,
    grants: GRANTS,
    state: kept.state,
    code_challenge: createHash("sha256").update(kept.verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  return { address: link.redirect_uri, kept };
}

// Token: from the address to which the browser came back to `id`, `access_token`, `refresh_token`, `grants`.
async function finish(address, kept) {
  const back = new URL(address).searchParams;
  if (back.get("state") !== kept.state || back.get("iss") !== FREEDOM_ID) {
    throw new Error("this answer belongs to another visitor, or is not from Freedom ID");
  }
  if (back.has("error_code")) throw new Error(`${back.get("error_code")}: ${back.get("error")}`);
  const code = { authorization_code: back.get("authorization_code"), code_verifier: kept.verifier };
  return call("POST", "/token", BASIC, code);
}

// What the person shares at this moment. A field without her consent is absent.
const info = (accessToken) => call("GET", "/user", `Bearer ${accessToken}`);

// New tokens. Keep them before you use them: the former refresh token is spent.
const refresh = (refreshToken) => call("PATCH", "/token", `Bearer ${refreshToken}`);

// The extended profile: asked for once, fetched when it is ready.
async function profile(accessToken) {
  const bearer = `Bearer ${accessToken}`;
  const request_id = randomUUID();
  let answer = await call("POST", "/get-profile", bearer, { request_id });
  while (["accepted", "pending"].includes(answer.status)) {
    await sleep(1000);
    answer = await call("GET", `/get-profile/status?request_id=${request_id}`, bearer);
  }
  return answer;
}

const terminal = createInterface({ input: process.stdin, output: process.stdout });
const { address, kept } = await begin();
console.log("Open in a browser:", address);
let tokens = await finish(await terminal.question("Where did it come back to? "), kept);
terminal.close();
console.log("\nShared:", JSON.stringify(await info(tokens.access_token)));
tokens = await refresh(tokens.refresh_token);
console.log("Still shared:", JSON.stringify(await info(tokens.access_token)));
console.log("Profile:", JSON.stringify(await profile(tokens.access_token)));
