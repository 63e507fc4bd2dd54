import { describe, expect, jest, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { renderPostgresRestart, settingsOf, warnOfPostgresRestart } from "../../../components/postgresRestart.ts";

const COMMAND = ["postgres", "-c", "config_file=/etc/a=b.conf", "-c", "max_connections=600", "-c", "max_wal_senders=50"];

test("what Postgres was started with", () => {
  expect(settingsOf(COMMAND)).toEqual({ config_file: "/etc/a=b.conf", max_connections: "600", max_wal_senders: "50" });
  expect(settingsOf(["postgres", "max_connections=1"])).toEqual({});
});

describe("a restart", () => {
  test.each<[string, Record<string, number>, string | undefined]>([
    ["the same numbers", { max_connections: 600, max_wal_senders: 50 }, undefined],
    ["another one", { max_connections: 1200, max_wal_senders: 50 }, "need it: max_connections 600 → 1200.\n"],
    ["a new setting", { max_connections: 600, max_replication_slots: 50 }, "need it: max_replication_slots unset → 50.\n"],
  ])("%s", (_, wanted, said) => {
    const warning = renderPostgresRestart(settingsOf(COMMAND), wanted);
    if (said === undefined) expect(warning).toBeUndefined();
    else expect(warning).toContain(said);
  });

  test("is said once, and not before there is a Postgres", async () => {
    const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
    const ran = { said: "", stdout: JSON.stringify(COMMAND), failed: false };
    const asked: string[][] = [];
    const run = async (...args: string[]) => (asked.push(args), ran);
    await warnOfPostgresRestart("prod", { max_connections: 600 }, run);
    await warnOfPostgresRestart("prod", { max_connections: 1 }, async () => ({ ...ran, failed: true, stdout: "" }));
    expect(warn).not.toHaveBeenCalled();
    await warnOfPostgresRestart("prod", { max_connections: 1200 }, run);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(asked[0]!.at(-1)).toBe("iv-prod-postgres");
    warn.mockRestore();
  });
});
