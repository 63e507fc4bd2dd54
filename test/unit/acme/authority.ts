// A small CA of a test's own, by the openssl of this machine.
import { execaSync } from "execa";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "@jest/globals";
import type { Pair } from "../../../images/acme/certificate.ts";

const hasOpenssl = !execaSync("openssl", ["version"], { reject: false }).failed;

/** Where there is no openssl, the report says so. */
export const describeWithOpenssl = (name: string, tests: () => void): void => {
  if (hasOpenssl) describe(name, tests);
  else test.skip(`${name}: skipped, as there is no openssl on PATH`, () => {});
};

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export interface IssueArgs {
  /** @default the host itself */
  alt?: string;
  /** openssl's times, `20260101000000Z`. @default from an hour ago, as Let's Encrypt's, for 90 days */
  from?: string;
  until?: string;
}

export interface Authority {
  /** PEM. */
  root: string;
  issue: (host: string, args?: IssueArgs) => Pair;
}

/** An intermediate of O=Small CA, CN=R1, and what it issues: with the intermediate behind it. */
export function authority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-authority-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => void execaSync("openssl", args, { cwd: folder });
  const read = (name: string) => readFileSync(at(name), "utf8");
  try {
    writeFileSync(at("ca.ext"), "basicConstraints=critical,CA:TRUE\n");
    openssl("req", "-x509", ...EC, "-days", "3650", "-subj", "/O=Small CA/CN=Root", "-keyout", "root.key", "-out", "root.pem");
    openssl("req", "-new", ...EC, "-subj", "/O=Small CA/CN=R1", "-keyout", "ca.key", "-out", "ca.csr");
    openssl("x509", "-req", "-in", "ca.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "3650", "-extfile", "ca.ext", "-out", "ca.pem");
    const [caPem, caKey, root] = [read("ca.pem"), read("ca.key"), read("root.pem")];
    return { root, issue: (host, args) => issue(caPem, caKey, host, args) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const HOUR = 3_600_000;
const opensslTime = (milliseconds: number): string => `${new Date(milliseconds).toISOString().replace(/\D/g, "").slice(0, 14)}Z`;

/** `openssl ca` is the one of 3.0 that takes times. */
function issue(caPem: string, caKey: string, host: string, { alt = `DNS:${host}`, from = opensslTime(Date.now() - HOUR), until = opensslTime(Date.now() + 90 * 24 * HOUR) }: IssueArgs = {}): Pair {
  const folder = mkdtempSync(join(tmpdir(), "indie-ventures-authority-"));
  const files = { "ca.pem": caPem, "ca.key": caKey, index: "", "index.attr": "unique_subject=no\n", ext: `subjectAltName=${alt}\n`, "ca.cnf": "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n[p]\norganizationName=optional\n" };
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const openssl = (...args: string[]) => void execaSync("openssl", args, { cwd: folder });
    openssl("req", "-new", ...EC, "-subj", "/O=Holder", "-keyout", "host.key", "-out", "host.csr");
    openssl("ca", "-batch", "-config", "ca.cnf", "-notext", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "host.csr", "-extfile", "ext", "-startdate", from, "-enddate", until, "-out", "host.pem");
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    return { fullchain: read("host.pem") + caPem, privkey: read("host.key") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
