import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type AddressInfo, createServer, type Server } from "node:net";
import { requirePorts } from "../../../../components/server/requirePorts.ts";

describe("a port that somebody listens on", () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const check = (containers: string) => requirePorts("dev", [{ key: "httpPort", address: "127.0.0.1", port }], async () => ({ failed: false, stdout: containers, said: "" }));

  test("is said, by whom", () => expect(check("")).rejects.toThrow(new RegExp(`Port ${port} is taken by .* \\(process ${process.pid}\\)`)));
  test("a container is said by its name", () => expect(check("web\t\n")).rejects.toThrow(`Port ${port} is taken by the container web`));
  test("so is one of another stack of ours", () => expect(check("iv-prod-edge\tprod\n")).rejects.toThrow("the container iv-prod-edge"));
  test("our own container does not count", () => expect(check("iv-dev-edge\tdev\n")).resolves.toBeUndefined());
  test("once it is free all is well", async () => {
    await new Promise((resolve) => server.close(resolve));
    await expect(check("")).resolves.toBeUndefined();
  });
});
