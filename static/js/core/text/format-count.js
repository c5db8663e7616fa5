const grouped = new Intl.NumberFormat("en-US");

export function count(n) {
  return grouped.format(n);
}

export function counted(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

const SIZES = ["B", "KB", "MB"];

export function bytes(n) {
  const step = n < 1024 ? 0 : n < 1024 ** 2 ? 1 : 2;
  const size = n / 1024 ** step;
  return `${step && size < 10 ? size.toFixed(1) : count(Math.round(size))} ${SIZES[step]}`;
}
