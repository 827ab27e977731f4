// The words of the vocabulary that JavaScript lacks, or has with another meaning at the edges.

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const maximum = (a, b) => (a > b || a !== a ? a : b);
const minimum = (a, b) => (a < b || a !== a ? a : b);
const sign = (x) => Number(x > 0) - Number(x < 0);
const isnan = (x) => Number(x !== x);
const isfinite = (x) => Number(Number.isFinite(x));
const isinf = (x) => Number(x === Infinity || x === -Infinity);
const logical_not = (x) => Number(x === 0);
const logical_and = (a, b) => Number(a !== 0 && b !== 0);
const logical_or = (a, b) => Number(a !== 0 || b !== 0);
const logical_xor = (a, b) => Number((a !== 0) !== (b !== 0));
const heaviside = (x, at) => (x === 0 ? at : Number(x > 0));
const fmod = (a, b) => a % b;

/** 1 to any power and anything to the power 0 are 1, as IEEE has it. */
const power = (a, b) => (a === 1 || b === 0 ? 1 : Math.pow(a, b));

/** Halves go to the even number. */
function round(x) {
  const floor = Math.floor(x), rest = x - floor;
  return rest === 0.5 ? floor + (floor % 2 ? 1 : 0) : Math.round(x);
}

/** With the sign of the divisor. */
function remainder(a, b) {
  const rest = a % b;
  return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest;
}

function copysign(a, b) {
  const negative = b < 0 || Object.is(b, -0);
  return negative ? -Math.abs(a) : Math.abs(a);
}

function logaddexp(a, b) {
  const larger = maximum(a, b);
  return Math.abs(larger) === Infinity ? larger : larger + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** The series near 0; far from it, 1 less the continued fraction of erfc. */
function erf(x) {
  if (Math.abs(x) > 2.5) return sign(x) * (1 - erfc(Math.abs(x)));
  let term = x, total = x;
  for (let n = 1; n < 80 && Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return 1.1283791670955126 * total;
}

function erfc(x) {
  if (!(x > 2.5)) return 1 - erf(x);
  let below = x;
  for (let n = 80; n > 0; n--) below = x + n / 2 / below;
  return (Math.exp(-x * x) * 0.5641895835477563) / below;
}

const ndtr = (x) => 0.5 * erfc(-x * 0.7071067811865476);
