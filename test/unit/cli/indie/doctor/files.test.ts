import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { checkBackupFiles, checkEdge, checkGateway, type Hashes, readHashes } from "../../../../../cli/indie/doctor/files.ts";
import { readGateway } from "../../../../../cli/indie/doctor/lookFiles.ts";
import type { Should } from "../../../../../cli/indie/doctor/should.ts";
import { backupOf, edgeOf, gatewayOf, wellServer, whats } from "./server.ts";

let should: Should;
beforeAll(async () => {
  should = await wellServer();
});

const without = (hashes: Hashes, file: string): Hashes => Object.fromEntries(Object.entries(hashes).filter(([name]) => name !== file));
const urn = (name: string) => should.commands.find((each) => each.name === name)!.urn;

describe("the edge", () => {
  test("all is there", () => expect(checkEdge(should, edgeOf(should))).toEqual([]));

  test("a site that is gone, an upstream with another text", () => {
    const is = { ...without(edgeOf(should), "sites/docs.conf"), "upstreams/shared.conf": "0".repeat(64) };
    const findings = checkEdge(should, is);
    expect(findings.map(({ what, project, action }) => [what, project, action])).toEqual(
      expect.arrayContaining([
        ["the edge's file sites/docs.conf is gone", "docs", { do: "replay", urn: urn("docs-site") }],
        ["the edge's file upstreams/shared.conf has another text than the last update wrote", undefined, { do: "replay", urn: urn("shared-upstream") }],
      ]),
    );
    expect(findings).toHaveLength(2);
  });

  test("files that no update wrote, sites before what they name", () => {
    const findings = checkEdge(should, { "upstreams/x.conf": "1", "sites/x y.conf": "1", "sites/odd": "1", ...edgeOf(should) });
    expect(findings.map(({ action }) => action?.do === "exec" && action.words)).toEqual([["bash", "/etc/nginx/file.sh", "delete", "sites", "x y"], false, ["bash", "/etc/nginx/file.sh", "delete", "upstreams", "x"]]);
  });
});

describe("a gateway", () => {
  const plane = () => should.gateways.find(({ volume }) => volume === "iv-dev-gateway")!;
  const is = () => gatewayOf(plane().fragments);

  test("all is there", () => expect(checkGateway(plane(), should, is())).toEqual([]));

  test("routes that are gone, changed, or nobody's", () => {
    const found = { ...is(), fragments: { ...without(is().fragments, "docs"), asleep: "0".repeat(64), stranger: "1" } };
    expect(whats(checkGateway(plane(), should, found)).sort()).toEqual([
      "the file of asleep's routes in iv-dev-gateway has another text than the last update wrote",
      "the file of docs's routes in iv-dev-gateway is gone",
      "the file of stranger's routes in iv-dev-gateway is there, and no update wrote it",
    ]);
  });

  test("what it makes of them", () => {
    const found = { ...is(), joined: { "routes.json": "gone", "clusters.json": "there" } };
    expect(checkGateway(plane(), should, found)).toMatchObject([{ what: "routes.json in iv-dev-gateway is gone", action: { do: "replay", urn: plane().fragments[0]!.urn } }]);
  });
});

describe("the backup container", () => {
  test("all is there", () => expect(checkBackupFiles(should, backupOf(should))).toEqual([]));

  test("what it knows of a project, and the folder of its files", () => {
    const { files, folders } = backupOf(should);
    const findings = checkBackupFiles(should, { files: without(files, "docs.json"), folders: folders.filter((name) => name !== "old") });
    expect(whats(findings)).toEqual(["what the backup container knows of docs is gone", "the folder of old's stored files is gone"]);
  });
});

describe("what is read", () => {
  const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
  const name = fc.string({ minLength: 1 }).filter((text) => !/[\n\r\\\u2028\u2029]/.test(text) && text !== "__proto__");

  test("hashes of files of any name", () => {
    fc.assert(
      fc.property(fc.dictionary(name, hex), (files) => {
        const text = Object.entries(files).map(([file, hash]) => `${hash}  ${file}\n`).join("");
        expect(readHashes(text)).toEqual({ ...files });
      }),
    );
  });

  test("anything else is no hash, and throws nothing", () => fc.assert(fc.property(fc.string(), (text) => Object.keys(readHashes(`x${text}`)).length >= 0)));

  test("a gateway's fragments by project, and the state of what it made", () =>
    expect(readGateway("id", `${"a".repeat(64)}  fragments-2/docs\njoined there routes.json\njoined other clusters.json\n`)).toEqual({
      container: "id",
      fragments: { docs: "a".repeat(64) },
      joined: { "routes.json": "there", "clusters.json": "not what the gateway made of the projects' routes" },
    }));
});
