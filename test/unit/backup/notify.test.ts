import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { deliver, isNews, type Notice, withoutSecrets } from "../../../images/backup/notify.ts";

const NOTICE: Notice = { stack: "dev", project: "blog", at: "2026-11-27T03:00:00.000Z", text: "Server dev: backups of \"blog\" fail: a reason" };

test("the same fault is news once a day, another one at once", () => {
  const told = { at: "2026-11-27T03:00:00Z", text: "a" };
  const at = (time: string) => new Date(`2026-11-${time}:00Z`);
  const news = (text: string, time: string) => isNews(told, { text }, at(time));
  expect([isNews(undefined, { text: "a" }, at("27T03:00")), news("a", "28T02:59"), news("a", "28T03:00"), news("b", "27T03:01")]).toEqual([true, false, true, true]);
});

test("what hinders a backup is news once a day, whatever its words are by then; a fault after it is, and what hinders after a fault", () => {
  const [hindered, fault] = [{ text: "the server has 312 MB of memory free", isHindrance: true }, { text: "backup 1 is not proven", isHindrance: false }];
  const at = "2026-11-27T03:00:00Z";
  const now = (hours: number) => new Date(Date.parse(at) + hours * 3_600_000);
  const another = { text: "dial tcp 192.0.2.1:443: i/o timeout", isHindrance: true };
  expect([isNews({ at, ...hindered }, another, now(23)), isNews({ at, ...hindered }, another, now(24))]).toEqual([false, true]);
  expect([isNews({ at, ...hindered }, fault, now(1)), isNews({ at, ...fault }, hindered, now(1)), isNews({ at, text: "a" }, hindered, now(1))]).toEqual([true, true, true]);
});

test("what was told by a clock that was ahead keeps nobody from being told for years", () => {
  const [told, now] = [{ at: "2036-11-27T03:00:00Z", text: "a", isHindrance: true }, new Date("2026-11-27T03:00:00Z")];
  expect([isNews(told, { text: "a" }, now), isNews({ ...told, at: "2026-11-27T09:00:00Z" }, { text: "a" }, now)]).toEqual([true, false]);
});

test("no secret of the container's, and no more than a message holds", () => {
  const env = { RESTIC_PASSWORD: "s3cret", AWS_SECRET_ACCESS_KEY: "s3cret-and-more", STACK: "dev", EMPTY_PASSWORD: "" };
  expect(withoutSecrets("opens with s3cret-and-more or s3cret on dev", env)).toBe("opens with … or … on dev");
  expect(withoutSecrets("x".repeat(501), env)).toBe(`${"x".repeat(500)}…`);
});

describe("a webhook", () => {
  let server: Server;
  let url: string;
  let answer: (response: ServerResponse) => void;
  let got: { method?: string; type?: string; body: unknown }[];

  beforeEach(async () => {
    got = [];
    server = createServer((request: IncomingMessage, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part));
      request.on("end", () => {
        got.push({ method: request.method, type: request.headers["content-type"], body: JSON.parse(text) });
        answer(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a-token`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const send = (timeoutSeconds = 10) => deliver(url, NOTICE, () => Promise.resolve(), timeoutSeconds);

  test("gets JSON, once", async () => {
    answer = (response) => response.writeHead(204).end();
    expect(await send()).toBeUndefined();
    expect(got).toEqual([{ method: "POST", type: "application/json", body: NOTICE }]);
  });

  test("that fails once is asked again", async () => {
    answer = (response) => response.writeHead(got.length === 1 ? 500 : 200).end();
    expect(await send()).toBeUndefined();
    expect(got).toHaveLength(2);
  });

  test.each<[string, (response: ServerResponse) => void, RegExp]>([
    ["refuses", (response) => response.writeHead(403).end(), /^it answered 403$/],
    ["sends elsewhere", (response) => response.writeHead(302, { location: "/" }).end(), /^it can not be reached/],
    ["says nothing", () => {}, /^it did not answer within 1 seconds$/],
  ])("that %s: said, after two tries, and without its address", async (_, how, says) => {
    answer = how;
    const fault = await send(1);
    expect(fault).toMatch(says);
    expect(fault).not.toContain("a-token");
    expect(got).toHaveLength(2);
  });

  test("that is not there: said without its address", async () => {
    server.close();
    const fault = await deliver("http://127.0.0.1:9/a-token", NOTICE, () => Promise.resolve(), 1);
    expect(fault).toMatch(/^it can not be reached \(\w/);
    expect(fault).not.toContain("a-token");
  });
});
