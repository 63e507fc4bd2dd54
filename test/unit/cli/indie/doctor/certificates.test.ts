// A server with HTTPS: its certificates, and the edge's files of them.
import { beforeAll, describe, expect, test } from "@jest/globals";
import { checkDocker } from "../../../../../cli/indie/doctor/containers.ts";
import { type AcmeIs, checkCertificates, checkEdge } from "../../../../../cli/indie/doctor/files.ts";
import { readAcme } from "../../../../../cli/indie/doctor/lookFiles.ts";
import { readShould, type Should } from "../../../../../cli/indie/doctor/should.ts";
import { LETS_ENCRYPT } from "../../../../../spec/tls.ts";
import { PROJECT, STACK } from "../../../lib/program.ts";
import { dockerOf, edgeOf, exported, whats } from "./server.ts";

let should: Should;
beforeAll(async () => {
  const projects = [{ ...PROJECT, name: "blog", domains: ["blog.example.net"] }, { ...PROJECT, name: "docs" }];
  should = readShould("dev", await exported(projects, { ...STACK, domain: "example.com", tls: { issuer: "self-signed", server: LETS_ENCRYPT } }));
});

const urn = (name: string) => should.commands.find((each) => each.name === name)!.urn;
const acme = (): AcmeIs => ({ wanted: Object.fromEntries(should.certificates.map(({ owner, names }) => [owner, names.toReversed()])), live: should.certificates.flatMap(({ names }) => names) });

test("all is there", () => {
  expect(should.certificates.map(({ owner, names }) => [owner, names])).toEqual([
    ["api", ["api.example.com"]],
    ["blog", ["blog.example.com", "blog.example.net"]],
    ["docs", ["docs.example.com"]],
  ]);
  expect([...checkCertificates(should, acme()), ...checkEdge(should, edgeOf(should)), ...checkDocker(should, dockerOf(should))]).toEqual([]);
});

test("a certificate that is gone, and an owner of whom the container knows other hosts: it is told once more", () => {
  const { wanted, live } = acme();
  const is = { wanted: { ...wanted, docs: ["docs.example.net"], stranger: ["x.example.com"] }, live: live.filter((name) => name !== "blog.example.net") };
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

test("what the container says is read", () =>
  expect(readAcme('wanted api { "names": [  {   "name": "api.example.com",   "challenge": "http-01"  } ]}\nwanted blog {"names":[]}\nlive _.example.com\nlive api.example.com\n')).toEqual({
    wanted: { api: ["api.example.com"], blog: [] },
    live: ["_.example.com", "api.example.com"],
  }));
