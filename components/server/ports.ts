/** Who listens on a port of this computer: Linux's own tables, read without a tool that may not be there. */

export interface Listener {
  /** As text: `127.0.0.1`, `0.0.0.0`, `::`. */
  address: string;
  port: number;
  /** Ties it to an open file of a process. */
  inode: string;
}

const LISTEN = "0A";

/** The kernel writes an address as 32-bit words in the byte order of the machine; little-endian on all that we run on. */
function readAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => word.match(/../g)!.reverse().map((byte) => Number.parseInt(byte, 16)));
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.every((byte) => byte === 0)) return "::";
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255) return bytes.slice(12).join(".");
  if (bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) return "::1";
  return hex;
}

/** The listening sockets of /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(text: string): Listener[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || state !== LISTEN || inode === undefined) return [];
    const [address, port] = local.split(":");
    return [{ address: readAddress(address!), port: Number.parseInt(port!, 16), inode }];
  });
}

/** Whether a listener keeps us from listening on the address: the same one, or all of them on either side. */
export function isInTheWay(listener: Listener, wanted: { address: string; port: number }): boolean {
  const all = ["0.0.0.0", "::"];
  return listener.port === wanted.port && (listener.address === wanted.address || all.includes(listener.address) || all.includes(wanted.address));
}

export interface PortTaken {
  /** The stack config key that chooses the port. */
  key: "httpPort" | "httpsPort" | "postgresPort";
  port: number;
  /** `nginx (process 812)`, `container web`; undefined where the kernel does not tell us. */
  holder: string | undefined;
}

/** Says it in words, with a port to take instead. */
export function renderPortTaken({ key, port, holder }: PortTaken, stack: string): string {
  const by = holder ?? "a program of another user (sudo ss -ltnp tells which)";
  const usual = { httpPort: 8080, httpsPort: 8443, postgresPort: port + 1 }[key];
  const other = port === usual ? port + 1 : usual;
  return `Port ${port} is taken by ${by}. Nothing was changed. End it, or take another port:
  source .indie/env && pulumi config set ${key} ${other} --stack ${stack}`;
}
