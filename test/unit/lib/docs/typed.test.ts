import { expect, test } from "@jest/globals";
import { typed } from "../../../e2e/lib/guides/typed.ts";

test("on a free computer the docs' commands are typed as they stand", () => {
  const text = "npm run up -- --empty-server; npx indie keys blog; curl http://blog.localhost/x; docker exec iv-dev-backup true";
  expect(typed(text, { stack: "dev", httpPort: 80 })).toBe(text);
});

test.each([
  ["npm run up", "npm run up -- --stack other"],
  ["npm run up -- --empty-server", "npm run up -- --stack other --empty-server"],
  ["npx indie keys blog", "npx indie --stack other keys blog"],
  ["cd ~/apps/blog && indie link blog", "cd ~/apps/blog && indie --stack other link blog"],
  ["pulumi config set httpPort 8080 --stack dev", "pulumi config set httpPort 8080 --stack other"],
  ["docker exec iv-dev-backup restic check", "docker exec iv-other-backup restic check"],
  ["curl http://127.0.0.1/auth/v1", "curl http://127.0.0.1:8080/auth/v1"],
  ['createClient("http://blog.localhost", "x")', 'createClient("http://blog.localhost:8080", "x")'],
  ["  blog                 http://blog.localhost", "  blog                 http://blog.localhost:8080"],
])("%s", (text, expected) => expect(typed(text, { stack: "other", httpPort: 8080 })).toBe(expected));
