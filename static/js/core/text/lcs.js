const MAX_CELLS = 1_000_000; // cells of the table; longer middles count as entirely different

function table(a, b) {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      lengths[at] = a[i] === b[j] ? lengths[at + width + 1] + 1 : Math.max(lengths[at + width], lengths[at + 1]);
    }
  }
  return (i, j) => lengths[i * width + j];
}

function inMiddles(a, b, offset) {
  if (a.length * b.length > MAX_CELLS) return [];
  const common = table(a, b);
  const pairs = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([offset + i++, offset + j++]);
    else if (common(i + 1, j) >= common(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

// The longest common subsequence of two lists as pairs [index in a, index in b]. For two long, very
// different lists it can be shorter.
export function longestCommonSubsequence(a, b) {
  const most = Math.min(a.length, b.length);
  let [start, end] = [0, 0];
  while (start < most && a[start] === b[start]) start++;
  while (end < most - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const pairs = Array.from({ length: start }, (_, at) => [at, at]);
  pairs.push(...inMiddles(a.slice(start, a.length - end), b.slice(start, b.length - end), start));
  for (let at = end; at > 0; at--) pairs.push([a.length - at, b.length - at]);
  return pairs;
}
