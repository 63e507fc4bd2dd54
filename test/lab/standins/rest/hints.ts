// "Perhaps you meant …": upstream asks a fuzzy set of 2- and 3-grams. This is the same measure with 2-grams (cosine similarity);
// where two names are about as near, the choice may differ (CONTRACT.md).

function grams(text: string): Map<string, number> {
  const padded = `-${text.toLowerCase()}-`;
  const counts = new Map<string, number>();
  for (let at = 0; at + 2 <= padded.length; at += 1) {
    const gram = padded.slice(at, at + 2);
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function similarity(a: Map<string, number>, b: Map<string, number>): number {
  const norm = (grams: Map<string, number>): number => Math.sqrt([...grams.values()].reduce((sum, n) => sum + n * n, 0));
  let product = 0;
  for (const [gram, count] of a) product += count * (b.get(gram) ?? 0);
  return product / (norm(a) * norm(b));
}

export function closest(name: string, names: string[], minimum: number): string | undefined {
  const own = grams(name);
  const rated = names.map((candidate) => ({ candidate, score: similarity(own, grams(candidate)) }));
  const best = rated.sort((a, b) => b.score - a.score)[0];
  return best !== undefined && best.score >= minimum ? best.candidate : undefined;
}
