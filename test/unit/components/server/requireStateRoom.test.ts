import { expect, test } from "@jest/globals";
import { tmpdir } from "node:os";
import { requireStateRoom } from "../../../../components/server/requireStateRoom.ts";

// /proc is a file system without room for anything.
test.each(["file:///proc", "file:///proc?metadata=skip"])("a full disk under %s is named, before anything is made", (url) =>
  expect(() => requireStateRoom(url)).toThrow(/The disk with Pulumi's state \(\/proc\) has 0 MB left, .* Nothing was changed\./));

test.each(["", "https://api.pulumi.com", "s3://bucket", "file://~", "file:///not/there", `file://${tmpdir()}`])("nothing is said of %j", (url) =>
  expect(() => requireStateRoom(url)).not.toThrow());
