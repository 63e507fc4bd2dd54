import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

let folder: string;

/** Says when it begins and ends, and gives its stdin and its arguments back. */
const MAIN = `import { appendFileSync, readFileSync } from "node:fs";
const input = readFileSync(0, "utf8");
appendFileSync("log", "begin\\n");
await new Promise((resolve) => setTimeout(resolve, 100));
appendFileSync("log", "end\\n");
console.log(JSON.stringify([process.argv.slice(2), input]));
process.exitCode = Number(input);
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "indie-ventures-tell-"));
  mkdirSync(join(folder, "a b"));
  copyFileSync(new URL("../../../images/acme/tell.sh", import.meta.url), join(folder, "a b", "tell.sh"));
  writeFileSync(join(folder, "a b", "main.ts"), MAIN);
  writeFileSync(join(folder, "a b", "package.json"), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

const tell = (input: string, ...args: string[]) =>
  execa("sh", [join(folder, "a b", "tell.sh"), ...args], { input, reject: false, env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" } });

test("what is told at once is heard one after the other, each with its own words", async () => {
  const all = await Promise.all(["0", "3", "0", "0"].map((input, index) => tell(input, "want", `p $${index}`)));
  expect(all.map(({ exitCode }) => exitCode)).toEqual([0, 3, 0, 0]);
  expect(all.map(({ stdout }) => stdout)).toEqual(["0", "3", "0", "0"].map((input, index) => JSON.stringify([["want", `p $${index}`], input])));
  expect(readFileSync(join(folder, "a b", "log"), "utf8")).toBe("begin\nend\n".repeat(4));
});
