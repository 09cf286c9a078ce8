// A provider of identities of the real kind: PKCE is required, a code is good once, whoever logs in is staff.
import Provider from "oidc-provider";
import { createServer } from "node:http";
const [back] = process.argv.slice(2);
const s = createServer();
s.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${s.address().port}`;
  const p = new Provider(issuer, {
    clients: [{ client_id: "pointsman", client_secret: "secret of the client", redirect_uris: [back], response_types: ["code"], grant_types: ["authorization_code"] }],
    claims: { openid: ["sub"], groups: ["groups"], profile: ["name"] },
    scopes: ["openid", "groups", "profile"], conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Name of ${id}`, groups: ["staff"] }) }),
    cookies: { keys: ["a key of the test"] },
  });
  s.on("request", p.callback());
  console.log(issuer);
});
