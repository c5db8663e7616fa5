const grouped = new Intl.NumberFormat("en-US");

export function formatCount(n) {
  return grouped.format(n);
}

export function pluralize(n, one, many = `${one}s`) {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

const SIZES = ["B", "KB", "MB"];

export function formatBytes(n) {
  const step = n < 1024 ? 0 : n < 1024 ** 2 ? 1 : 2;
  const size = n / 1024 ** step;
  return `${step && size < 10 ? size.toFixed(1) : formatCount(Math.round(size))} ${SIZES[step]}`;
}
