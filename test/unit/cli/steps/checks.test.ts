import { expect, test } from "@jest/globals";
import { checkDisk, renderHostsLine, unresolved } from "../../../../cli/steps/checks.ts";
import { fakeRun, ok } from "../fakeRun.ts";

test("an engine on another computer has a disk that we can not look at", () =>
  expect(checkDisk(fakeRun({ "docker info": ok("/not/on/this/computer") }).run)).resolves.toBeUndefined());
test("a full disk is said before anything is changed", () =>
  // /proc is a file system without room for anything.
  expect(checkDisk(fakeRun({ "docker info": ok("/proc") }).run)).rejects.toThrow(/The disk of Docker \(\/proc\) has 0 MB left/));

test("which hosts do not resolve", () => expect(unresolved(["localhost", "blog.invalid"])).resolves.toEqual(["blog.invalid"]));
test("the hosts line", () => expect(renderHostsLine(["blog.localhost", "docs.localhost"])).toContain("'127.0.0.1 blog.localhost docs.localhost'"));
