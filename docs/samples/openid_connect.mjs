// Sign a person in by OpenID Connect: authorization code with PKCE. Node.js 20 or later, no packages.
//
//     export FREEDOM_ID=https://id.example CLIENT_ID=... SECRET=... REDIRECT_URI=https://shop.example/callback
//     node openid_connect.mjs
//
// It prints an address for the browser and asks for the one to which the browser came back. On a site these are two
// requests, and what `begin` returns is kept in the visitor's session in between.

import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { createInterface } from "node:readline/promises";

const { FREEDOM_ID: ISSUER, CLIENT_ID, SECRET, REDIRECT_URI } = process.env;
const SCOPE = "openid profile phone offline_access";
const BASIC = `Basic ${Buffer.from(`${CLIENT_ID}:${SECRET}`).toString("base64")}`;

// GET, or POST when there is a form. Throws when it is refused.
async function call(url, authorization, form) {
  const answer = await fetch(url, {
    method: form ? "POST" : "GET",
    headers: authorization ? { Authorization: authorization } : {},
    body: form && new URLSearchParams(form),
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.ok) return answer.json();
  throw new Error(`${answer.status}: ${await answer.text()}`);
}

const provider = await call(`${ISSUER}/.well-known/openid-configuration`);

// The address of the sign-in page, and what to keep until the person comes back.
function begin() {
  const [state, nonce, verifier] = [1, 2, 3].map(() => randomBytes(32).toString("base64url"));
  const address = new URL(provider.authorization_endpoint);
  address.search = new URLSearchParams({
    response_type: "code",
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  return { address: address.href, kept: { state, nonce, verifier } };
}

// From the address to which the browser came back to the tokens, with the claims of the ID token as `claims`.
async function finish(address, kept) {
  const back = new URL(address).searchParams;
  if (back.get("state") !== kept.state || back.get("iss") !== ISSUER) {
    throw new Error("this answer belongs to another visitor, or is not from Freedom ID");
  }
  if (back.has("error")) throw new Error(back.get("error"));
  const tokens = await call(provider.token_endpoint, BASIC, {
    grant_type: "authorization_code",
    code: back.get("code"),
    redirect_uri: REDIRECT_URI,
    code_verifier: kept.verifier,
  });
  return { ...tokens, claims: await verified(tokens.id_token, kept.nonce) };
}

// The claims of an ID token that passes the checks of OpenID Connect Core 3.1.3.7.
async function verified(idToken, nonce) {
  const [head, body, signature] = idToken.split(".");
  const [header, claims] = [head, body].map((part) => JSON.parse(Buffer.from(part, "base64url")));
  const { keys } = await call(provider.jwks_uri);
  const key = { key: createPublicKey({ key: keys.find(({ kid }) => kid === header.kid), format: "jwk" }) };
  const signed = verify(
    "sha256",
    Buffer.from(`${head}.${body}`),
    { ...key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  const meant = claims.iss === ISSUER && claims.aud === CLIENT_ID && claims.nonce === nonce;
  if (header.alg !== "ES256" || !signed || !meant || claims.exp < Date.now() / 1000) {
    throw new Error("the ID token is not for this sign-in");
  }
  return claims;
}

// What the person shares at this moment. A claim without her consent is absent.
const userinfo = (accessToken) => call(provider.userinfo_endpoint, `Bearer ${accessToken}`);

// New tokens. Keep them before you use them: the former refresh token is spent.
const refresh = (refreshToken) =>
  call(provider.token_endpoint, BASIC, { grant_type: "refresh_token", refresh_token: refreshToken });

const terminal = createInterface({ input: process.stdin, output: process.stdout });
const { address, kept } = begin();
console.log("Open in a browser:", address);
let tokens = await finish(await terminal.question("Where did it come back to? "), kept);
terminal.close();
console.log("\nSigned in:", JSON.stringify(tokens.claims));
console.log("Shared:", JSON.stringify(await userinfo(tokens.access_token)));
tokens = await refresh(tokens.refresh_token);
console.log("Still shared:", JSON.stringify(await userinfo(tokens.access_token)));
