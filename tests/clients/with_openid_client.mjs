// A relying party as openid-client's documentation writes it: discovery, a pushed request, PKCE, nonce, and every check.
import * as readline from 'node:readline/promises'
import { stdin } from 'node:process'
import * as client from 'openid-client'

const lines = readline.createInterface({ input: stdin })[Symbol.asyncIterator]()
const line = async () => (await lines.next()).value
const say = (what) => console.log(JSON.stringify(what))

const given = JSON.parse(await line())
const config = await client.discovery(new URL(given.issuer), given.client_id, given.client_secret, undefined, {
  execute: [client.allowInsecureRequests], // 127.0.0.1 has no certificate
})
client.enableNonRepudiationChecks(config) // the ID token's signature is checked, too

const code_verifier = client.randomPKCECodeVerifier()
const nonce = client.randomNonce()
const state = client.randomState()
const parameters = {
  redirect_uri: given.redirect_uri,
  scope: given.scope,
  code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
  code_challenge_method: 'S256',
  nonce,
  state,
}
const url = given.push
  ? await client.buildAuthorizationUrlWithPAR(config, parameters)
  : client.buildAuthorizationUrl(config, parameters)
say({ visit: url.href })

const tokens = await client.authorizationCodeGrant(config, new URL(await line()), {
  pkceCodeVerifier: code_verifier,
  expectedNonce: nonce,
  expectedState: state,
  idTokenExpected: true,
})
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)

const newer = await client.refreshTokenGrant(config, tokens.refresh_token)
const again = await client.fetchUserInfo(config, newer.access_token, claims.sub)
const before = await client.tokenIntrospection(config, newer.access_token)
await client.tokenRevocation(config, newer.refresh_token)
const after = await client.tokenIntrospection(config, newer.access_token)

const leave = client.buildEndSessionUrl(config, {
  id_token_hint: newer.id_token,
  post_logout_redirect_uri: given.post_logout_redirect_uri,
  state: 'signed-out',
})
say({ visit: leave.href })
say({
  back: await line(),
  sub: claims.sub,
  userinfo,
  pushed: url.searchParams.has('request_uri'),
  refreshed: newer.access_token !== tokens.access_token && again.sub === claims.sub,
  introspected: [before.active, after.active],
})
process.exit(0)
