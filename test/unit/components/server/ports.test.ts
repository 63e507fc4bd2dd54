import { expect, test } from "@jest/globals";
import { isInTheWay, parseListeners, renderPortTaken } from "../../../../components/server/ports.ts";

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 100 0 0 10 0
`;
const TCP6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4714 1
   1: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4715 1
   2: 0000000000000000FFFF00000100007F:0017 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4716 1
`;

test("who listens, and not who is merely connected", () =>
  expect(parseListeners(TCP)).toEqual([
    { address: "127.0.0.1", port: 8080, inode: "4711" },
    { address: "0.0.0.0", port: 80, inode: "4712" },
  ]));
test("IPv6", () =>
  expect(parseListeners(TCP6)).toEqual([
    { address: "::", port: 443, inode: "4714" },
    { address: "::1", port: 22, inode: "4715" },
    { address: "127.0.0.1", port: 23, inode: "4716" },
  ]));
test("nothing", () => expect(parseListeners("")).toEqual([]));

test.each([
  ["127.0.0.1", "127.0.0.1", true],
  ["0.0.0.0", "127.0.0.1", true],
  ["::", "127.0.0.1", true],
  ["127.0.0.1", "0.0.0.0", true],
  ["127.0.0.2", "127.0.0.1", false],
])("%s is in the way of %s: %s", (address, wanted, expected) => {
  expect(isInTheWay({ address, port: 80, inode: "1" }, { address: wanted, port: 80 })).toBe(expected);
  expect(isInTheWay({ address, port: 81, inode: "1" }, { address: wanted, port: 80 })).toBe(false);
});

test("says by whom, and offers another port", () => {
  const said = renderPortTaken({ key: "httpPort", port: 80, holder: "nginx (process 812)" }, "dev");
  expect(said).toContain("Port 80 is taken by nginx (process 812)");
  expect(said).toContain("pulumi config set httpPort 8080 --stack dev");
  expect(renderPortTaken({ key: "httpPort", port: 8080, holder: undefined }, "dev")).toContain("httpPort 8081");
  expect([443, 8443].map((port) => renderPortTaken({ key: "httpsPort", port, holder: undefined }, "dev"))).toEqual([expect.stringContaining("httpsPort 8443"), expect.stringContaining("httpsPort 8444")]);
  expect(renderPortTaken({ key: "postgresPort", port: 5432, holder: undefined }, "dev")).toContain("postgresPort 5433");
});
