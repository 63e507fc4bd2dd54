// A server with HTTPS: its certificates, and the edge's files of them.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkDocker } from "../../../../../cli/indie/doctor/containers.ts";
import { type AcmeIs, checkCertificates, checkEdge } from "../../../../../cli/indie/doctor/files.ts";
import { lookAtAcme, readAcme } from "../../../../../cli/indie/doctor/lookFiles.ts";
import { readShould, type Should } from "../../../../../cli/indie/doctor/should.ts";
import type { Run } from "../../../../../cli/run.ts";
import { LETS_ENCRYPT } from "../../../../../spec/tls.ts";
import { PROJECT, STACK } from "../../../lib/program.ts";
import { ok } from "../../fakeRun.ts";
import { dockerOf, edgeOf, exported, whats } from "./server.ts";

let should: Should;
beforeAll(async () => {
  const projects = [{ ...PROJECT, name: "blog", domains: ["blog.example.net"] }, { ...PROJECT, name: "docs" }];
  should = readShould("dev", await exported(projects, { ...STACK, domain: "example.com", tls: { issuer: "self-signed", server: LETS_ENCRYPT } }));
});

const urn = (name: string) => should.commands.find((each) => each.name === name)!.urn;
const acme = (): AcmeIs => ({ wanted: Object.fromEntries(should.certificates.map(({ owner, names }) => [owner, names.toReversed()])), live: Object.fromEntries(should.certificates.flatMap(({ names }) => names.map((name) => [name, "self-signed"]))) });

test("all is there", () => {
  expect(should.certificates.map(({ owner, names }) => [owner, names])).toEqual([
    ["api", ["api.example.com"]],
    ["blog", ["blog.example.com", "blog.example.net"]],
    ["docs", ["docs.example.com"]],
  ]);
  expect([...checkCertificates(should, acme()), ...checkEdge(should, edgeOf(should)), ...checkDocker(should, dockerOf(should))]).toEqual([]);
});

test("a certificate that is gone, and an owner of whom the container knows other hosts: it is told once more", () => {
  const { wanted, live: { "blog.example.net": _, ...live } } = acme();
  const is = { wanted: { ...wanted, docs: ["docs.example.net"], stranger: ["x.example.com"] }, live };
  expect(checkCertificates(should, is)).toEqual([
    expect.objectContaining({ project: "blog", what: "the certificate blog.example.net is gone", action: { do: "replay", urn: urn("blog-certificates") } }),
    expect.objectContaining({ project: "docs", what: "the container for certificates knows of other hosts of docs than the last update told it", action: { do: "replay", urn: urn("docs-certificates") } }),
  ]);
});

describe("the edge", () => {
  test("a site with HTTPS that is gone, and one that no update wrote, before what it names", () => {
    const { "https/blog.conf": _, ...others } = edgeOf(should);
    const findings = checkEdge(should, { "upstreams/x.conf": "1", "https/x.conf": "1", ...others });
    expect(whats(findings)).toEqual(["the edge's file https/blog.conf is gone", "the edge has a file https/x.conf that no update wrote", "the edge has a file upstreams/x.conf that no update wrote"]);
    expect(findings[0]).toMatchObject({ project: "blog", action: { do: "replay", urn: urn("blog-https") }, why: "after the next reload of nginx its address is not there by HTTPS, or leads elsewhere" });
    expect(findings[1]).toMatchObject({ action: { do: "exec", words: ["bash", "/etc/nginx/file.sh", "delete", "https", "x"] } });
  });

  test("HTTPS' port that leads nowhere", () => {
    const is = dockerOf(should);
    const edge = is.containers.find(({ name }) => name === "iv-dev-edge")!;
    edge.ports = { "80/tcp": edge.ports["80/tcp"]! };
    expect(whats(checkDocker(should, is))).toEqual(["port 443 of 127.0.0.1 does not lead to container iv-dev-edge"]);
  });
});

test("a volume that is gone is made by hand, and what was on it comes back by itself", () => {
  const is = dockerOf(should);
  expect(checkDocker(should, { ...is, volumes: is.volumes.filter((name) => name !== "iv-dev-certificates") })).toEqual([
    expect.objectContaining({ what: "volume iv-dev-certificates is gone", fix: "by hand: docker volume create iv-dev-certificates, then this with --fix: certificates are asked for anew" }),
  ]);
});

describe("what is asked in the container", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "acme-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  /** As Docker would run it, in this folder. */
  const run: Run = async (_, words) => {
    const [, , ...command] = words;
    const { stdout, exitCode } = await execa(command[0]!, [...command.slice(1, -2), folder, folder], { reject: false });
    return { ...ok(stdout), exitCode };
  };

  test("finds names and links as the container writes them", async () => {
    write("wanted/blog.json", JSON.stringify({ names: [{ name: "blog.example.com", challenge: "http-01" }, { name: "_.example.com", challenge: "dns-01" }] }, undefined, 1));
    for (const file of ["fullchain.pem", "privkey.pem"]) for (const name of ["blog.example.com/2", "half.example.com/1"]) write(`versions/${name}/${file}`, "x");
    write("versions/blog.example.com/2/about.json", '{"source":"self-signed"}\n');
    rmSync(join(folder, "versions/half.example.com/1/privkey.pem"));
    mkdirSync(join(folder, "live"));
    for (const [name, version] of [["blog.example.com", 2], ["half.example.com", 1], ["gone.example.com", 1]]) symlinkSync(`../versions/${name}/${version}`, join(folder, "live", String(name)));
    expect(await lookAtAcme(run, { id: "acme" })).toEqual({ wanted: { blog: ["blog.example.com", "_.example.com"] }, live: { "blog.example.com": "self-signed" } });
  });

  test("finds nothing where nothing is yet", async () => expect(await lookAtAcme(run, { id: "acme" })).toEqual({ wanted: {}, live: {} }));
});

test("what the container says is read", () =>
  expect(readAcme('wanted api { "names": [  {   "name": "api.example.com",   "challenge": "http-01"  } ]}\nwanted blog {"names":[]}\nlive _.example.com acme\nlive api.example.com \n')).toEqual({
    wanted: { api: ["api.example.com"], blog: [] },
    live: { "_.example.com": "acme", "api.example.com": "" },
  }));

test("one that was brought in files, and is another one now, is written again", () => {
  const command = { name: "blog.example.com-certificate", urn: "urn", service: "acme", project: "blog" };
  const brought = { certificates: [], broughtCertificates: [{ ...command, name: "blog.example.com" }] };
  expect(checkCertificates(brought, { wanted: {}, live: { "blog.example.com": "manual" } })).toEqual([]);
  for (const live of [{}, { "blog.example.com": "placeholder" }] as Record<string, string>[])
    expect(checkCertificates(brought, { wanted: {}, live })).toEqual([
      expect.objectContaining({ project: "blog", what: "the certificate of blog.example.com is not the one that was brought in files", action: { do: "replay", urn: "urn" } }),
    ]);
});
