const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

// Normalizes a number to sign, significant digits and exponent: "1.0", "1" and "10e-1" are equal.
function exactly(text) {
  const [, sign, whole, fraction = "", power = "0"] = NUMBER.exec(text);
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (!kept) return "0";
  return `${sign}${kept}e${BigInt(power) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}

// Whether two scalars with different tokens have the same value: 1 and 1.0, "a" and "\u0061".
export function isSameScalar(a, b) {
  if (a.kind !== b.kind) return false;
  if (a.kind === "number") return exactly(a.text) === exactly(b.text);
  return a.kind === "string" && JSON.parse(a.text) === JSON.parse(b.text);
}
