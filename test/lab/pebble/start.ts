// A CA that answers as Let's Encrypt does, with a DNS server that says what it is told.
import { execa, type ResultPromise } from "execa";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { createServer, isIP } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../images/run.ts";

export interface PebbleArgs {
  /** With the programs: {@link pebblePrograms}. */
  programs: string;
  /** For its files; there, and empty. */
  folder: string;
  /** Of the web servers that it asks for HTTP-01. */
  httpPort: number;
  /** The address that all of it listens at: of a Docker network's gateway, where containers ask. @default 127.0.0.1 */
  address?: string;
  /** @default a free one; 53 where it is asked as a zone's name server */
  dnsPort?: number;
  /** Of the certificates that it issues, in seconds. @default 90 days */
  validity?: number;
  /** Of Pebble's own, such as PEBBLE_WFE_NONCEREJECT. */
  environment?: Record<string, string>;
}

export interface Pebble {
  /** ACME's directory. */
  directory: string;
  /** Path of the PEM file that the directory's own HTTPS is checked with. */
  serverRoots: string;
  /** Path of the PEM file that what it issues is checked with. Another at each start. */
  issuingRoots: string;
  dns: Dns;
  /** Ends the CA alone, as one that is down; DNS goes on. */
  endCa: () => Promise<void>;
  /** Again at the same address, having forgotten all accounts. */
  startCa: () => Promise<void>;
  end: () => Promise<void>;
}

/** What names say from now on (pebble-challtestsrv's management interface). */
export interface Dns {
  port: number;
  /** What is not set is where Pebble itself is. */
  setAddresses: (host: string, addresses: string[]) => Promise<void>;
  /** As if the zone's servers failed. It knows no name that is not there. */
  setServfail: (host: string) => Promise<void>;
  clearServfail: (host: string) => Promise<void>;
  addTxt: (fqdn: string, value: string) => Promise<void>;
  /** All of the name. */
  clearTxt: (fqdn: string) => Promise<void>;
}

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, address, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Of the directory's HTTPS: itself its root. */
async function makeServerCertificate(folder: string, address: string): Promise<{ certificate: string; privateKey: string }> {
  const [certificate, privateKey] = [join(folder, "server.pem"), join(folder, "server.key")];
  const alt = `subjectAltName=DNS:localhost,${isIP(address) === 0 ? "DNS" : "IP"}:${address}`;
  await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=pebble", "-addext", alt, "-keyout", privateKey, "-out", certificate]);
  return { certificate, privateKey };
}

/** @returns undefined as long as it does not answer */
function read(url: string, roots: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { ca: readFileSync(roots), timeout: 2000 }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      resolve(response.statusCode === 200 ? Buffer.concat(parts).toString() : undefined);
    });
    request.on("timeout", () => request.destroy()).on("error", () => resolve(undefined));
  });
}

/** @throws Error with what the program said, where it ended */
async function answer(url: string, roots: string, program: ResultPromise): Promise<string> {
  let ended: string | undefined;
  program.then(({ all }) => (ended = String(all)), (error: Error) => (ended = error.message));
  for (;;) {
    const text = await read(url, roots);
    if (text !== undefined) return text;
    if (ended !== undefined) throw new Error(`lab: Pebble ended: ${ended.slice(-500)}`);
    await sleep(50);
  }
}

async function endProgram(program: ResultPromise): Promise<void> {
  program.kill("SIGTERM");
  await program;
}

function startDns(programs: string, address: string, port: number, management: number): { program: ResultPromise; dns: Dns } {
  const off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""];
  const own = isIP(address) === 4 ? address : "127.0.0.1";
  const program = execa(join(programs, "pebble-challtestsrv"), [...off, "-dns01", `${address}:${port}`, "-management", `${address}:${management}`, "-defaultIPv4", own, "-defaultIPv6", ""], { all: true, reject: false });
  const post = async (path: string, body: unknown) => {
    const { ok, status } = await fetch(`http://${address}:${management}/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!ok) throw new Error(`lab: pebble-challtestsrv answers ${status} to ${path}`);
  };
  const fqdn = (host: string) => `${host.replace(/\.$/, "")}.`;
  const dns: Dns = {
    port,
    setAddresses: async (host, addresses) => {
      await post("clear-a", { host: fqdn(host) });
      await post("add-a", { host: fqdn(host), addresses });
    },
    setServfail: (host) => post("set-servfail", { host: fqdn(host) }),
    clearServfail: (host) => post("clear-servfail", { host: fqdn(host) }),
    addTxt: (host, value) => post("set-txt", { host: fqdn(host), value }),
    clearTxt: (host) => post("clear-txt", { host: fqdn(host) }),
  };
  return { program, dns };
}

export async function startPebble({ programs, folder, httpPort, address = "127.0.0.1", dnsPort, validity = 90 * 86_400, environment = {} }: PebbleArgs): Promise<Pebble> {
  await mkdir(folder, { recursive: true });
  const [port, management, dnsManagement, ofDns] = [await freePort(address), await freePort(address), await freePort(address), dnsPort ?? (await freePort(address))];
  const { certificate, privateKey } = await makeServerCertificate(folder, address);
  const config = join(folder, "pebble.json");
  await writeFile(config, JSON.stringify({
    pebble: {
      listenAddress: `${address}:${port}`,
      managementListenAddress: `${address}:${management}`,
      certificate,
      privateKey,
      httpPort,
      // Nobody answers there.
      tlsPort: await freePort(address),
      ocspResponderURL: "",
      externalAccountBindingRequired: false,
      certificateValidityPeriod: validity,
      retryAfter: { authz: 1, order: 1 },
    },
  }));
  const { program: dnsProgram, dns } = startDns(programs, address, ofDns, dnsManagement);
  const issuingRoots = join(folder, "issuing-roots.pem");
  const directory = `https://${address}:${port}/dir`;
  let ca: ResultPromise;
  const startCa = async () => {
    // Each order is validated anew, and at once.
    const env = { PEBBLE_VA_NOSLEEP: "1", PEBBLE_AUTHZREUSE: "0", ...environment };
    ca = execa(join(programs, "pebble"), ["-config", config, "-dnsserver", `${address}:${ofDns}`], { env, all: true, reject: false });
    await answer(directory, certificate, ca);
    await writeFile(issuingRoots, await answer(`https://${address}:${management}/roots/0`, certificate, ca));
  };
  await startCa();
  const endCa = () => endProgram(ca);
  return { directory, serverRoots: certificate, issuingRoots, dns, startCa, endCa, end: async () => void (await Promise.all([endCa(), endProgram(dnsProgram)])) };
}
