// Certificates as a person has them in files.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const openssl = (folder: string, ...args: string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** A certificate authority of the test's own. */
export function makeAuthority(folder: string): void {
  openssl(folder, "req", "-x509", ...NEW_KEY, "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=An authority", "-days", "3650");
}

/** `<name>.crt` with its chain, and `<name>.key`, that it gave for the host, for 90 days. */
export function makePair(folder: string, name: string, host: string): void {
  openssl(folder, "req", "-new", ...NEW_KEY, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${host}`);
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=DNS:${host}\n`);
  openssl(folder, "x509", "-req", "-in", `${name}.csr`, "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", `${name}.ext`, "-days", "90", "-out", `${name}.crt`);
  writeFileSync(join(folder, `${name}.crt`), readFileSync(join(folder, `${name}.crt`), "utf8") + readFileSync(join(folder, "authority.pem"), "utf8"));
}
