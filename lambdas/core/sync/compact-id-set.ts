import { createHash } from 'node:crypto';

/**
 * A set of record ids in 8 bytes each, so that a full run over a million records fits into a small function. Ids are
 * kept as the first 64 bits of their SHA-256: among a million ids the odds of one false "yes" are below 1 in 10 million,
 * and its only effect would be a deletion that waits for the next full run.
 */
export class CompactIdSet {
  #hashes = new BigUint64Array(1024);
  #size = 0;
  #sorted = true;

  add(id: string): void {
    if (this.#size === this.#hashes.length) {
      const larger = new BigUint64Array(this.#hashes.length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#size] = hash(id);
    this.#size += 1;
    this.#sorted = false;
  }

  has(id: string): boolean {
    if (!this.#sorted) {
      this.#hashes.subarray(0, this.#size).sort();
      this.#sorted = true;
    }
    const wanted = hash(id);
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const candidate = this.#hashes[middle] ?? 0n;
      if (candidate === wanted) return true;
      if (candidate < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return false;
  }
}

function hash(id: string): bigint {
  return createHash('sha256').update(id).digest().readBigUInt64BE(0);
}
