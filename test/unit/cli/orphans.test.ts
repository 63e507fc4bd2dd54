import { expect, test } from "@jest/globals";
import { orphans, type Process } from "../../../cli/orphans.ts";

const engine = "127.0.0.1:38425";
const variables = ["PATH", "PULUMI_BACKEND_URL"];
const pids = (processes: Process[], ...listening: number[]) => orphans(processes, new Set(listening)).map(({ pid }) => pid);

const plugins: Process[] = [
  { pid: 1, words: ["/home/ada/.pulumi/plugins/resource-docker-v5.2.0/pulumi-resource-docker", engine], variables },
  { pid: 2, words: ["/usr/bin/pulumi-language-nodejs", "-typescript=false", engine, "/clone"], variables },
  { pid: 3, words: ["node", "/clone/plugins/command.ts", engine], variables },
];

test("plugins whose engine is gone", () => expect(pids(plugins)).toEqual([1, 2, 3]));
test("plugins of an engine that lives are left alone", () => expect(pids(plugins, 38425)).toEqual([]));
test("so is a program that still reaches one of two engines", () =>
  expect(pids([{ pid: 4, words: ["node", "--monitor", "127.0.0.1:1", "--engine", engine], variables }], 38425)).toEqual([]));
test("so is every other program", () =>
  expect(
    pids([
      { pid: 5, words: ["curl", engine], variables: ["PATH"] },
      { pid: 6, words: ["vim", "/src/pulumi-resource-docker.go"], variables },
      { pid: 7, words: ["pulumi", "up", "--yes"], variables },
    ]),
  ).toEqual([]));
