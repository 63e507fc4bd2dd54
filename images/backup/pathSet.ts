// Whether a path is one of very many, in little memory.
import { hash } from "node:crypto";

/**
 * Paths, of which their hashes are kept: 64 bits of each one's SHA-256, sorted. A million take 8 MB, and at most 24 while they are gathered; as strings
 * in a Set they take some 160 MB, of the 384 that the container has for restic and Postgres' programs too (spec/capacity.ts). A path that is not there is
 * taken for one of a million that are once in 2^64 / 10^6, which is 18 million million, times.
 */
export class PathSet {
  /** How many there are. */
  readonly size: number;
  private readonly hashes: BigUint64Array;
  private readonly taken: Uint8Array;

  private constructor(hashes: BigUint64Array) {
    this.hashes = hashes;
    this.size = hashes.length;
    this.taken = new Uint8Array(hashes.length);
  }

  static async of(paths: AsyncIterable<string>): Promise<PathSet> {
    let hashes = new BigUint64Array(1024);
    let length = 0;
    for await (const path of paths) {
      if (length === hashes.length) hashes = grown(hashes);
      hashes[length++] = hashOf(path);
    }
    return new PathSet(distinct(hashes.subarray(0, length).sort()));
  }

  has(path: string): boolean {
    return this.indexOf(path) !== undefined;
  }

  /** Whether it is there, and was not taken before. */
  take(path: string): boolean {
    const index = this.indexOf(path);
    if (index === undefined || this.taken[index] === 1) return false;
    this.taken[index] = 1;
    return true;
  }

  isTaken(path: string): boolean {
    const index = this.indexOf(path);
    return index !== undefined && this.taken[index] === 1;
  }

  /** Those that were not taken. */
  left(): PathSet {
    return new PathSet(this.hashes.filter((_, index) => this.taken[index] === 0));
  }

  /** Whether the other has all of them. */
  isWithin(other: PathSet): boolean {
    return this.hashes.every((hash) => other.indexOfHash(hash) !== undefined);
  }

  private indexOf(path: string): number | undefined {
    return this.indexOfHash(hashOf(path));
  }

  private indexOfHash(wanted: bigint): number | undefined {
    let [low, high] = [0, this.hashes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.hashes[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.hashes[low] === wanted ? low : undefined;
  }
}

const hashOf = (path: string): bigint => hash("sha256", path, "buffer").readBigUInt64BE();

function grown(hashes: BigUint64Array): BigUint64Array<ArrayBuffer> {
  const larger = new BigUint64Array(2 * hashes.length);
  larger.set(hashes);
  return larger;
}

/** Of what is sorted, each once. */
function distinct(hashes: BigUint64Array): BigUint64Array {
  let length = 0;
  for (const each of hashes) if (length === 0 || each !== hashes[length - 1]) hashes[length++] = each;
  return hashes.subarray(0, length);
}
