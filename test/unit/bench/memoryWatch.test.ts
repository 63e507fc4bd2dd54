import { expect, test } from "@jest/globals";
import { memoryStatFile, neededMemory } from "../../bench/memoryWatch.ts";

test.each([
  ["version 1", "11:cpuset:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n0::/system.slice/docker.service\n", "/sys/fs/cgroup/memory/docker/abc/memory.stat"],
  ["version 2", "0::/system.slice/docker-abc.scope\n", "/sys/fs/cgroup/system.slice/docker-abc.scope/memory.stat"],
])("where memory is counted: cgroups of %s", (_, text, file) => {
  expect(memoryStatFile(text)).toBe(file);
});

test("nowhere", () => {
  expect(() => memoryStatFile("4:cpu,cpuacct:/docker/abc\n")).toThrow("no memory is counted there");
});

test("what is needed is anonymous or shared, not page cache: in the words of both versions", () => {
  expect(neededMemory("cache 500000000\nrss 104857600\nrss_huge 7\nshmem 10485760\ntotal_rss 900000000\n")).toBe(110);
  expect(neededMemory("anon 104857600\nfile 500000000\nkernel 7\nshmem 10485760\nanon_thp 3\n")).toBe(110);
  expect(() => neededMemory("cache 1\n")).toThrow("this is no memory.stat");
});
