// A recorded run that computes: typed arrays, swept forward and backward. Who holds it changes leaves and sweeps again.

class Living {
  constructor({ size, codes, stretches, operands, leaves, choices = [] }, loss) {
    this.size = size;
    this.loss = loss;
    this.values = new Float64Array(size);
    this.gradients = new Float64Array(size);
    this.keys = codes;
    this.stretches = [];
    for (let i = 0; i < stretches.length; i += 4) this.stretches.push({ key: codes[stretches[i]], start: stretches[i + 1], stop: stretches[i + 2], vertex: stretches[i + 3] });
    if (!this.stretches.every(({ key, start, stop }) => Object.hasOwn(OPERATIONS, key) && start >= 0 && stop <= size)) throw new RangeError('an operation is not known');
    this.operands = [0, 1, 2].map((place) => this.placed(operands[place]));
    this.choices = choices.map((told) => new Choice(told, this));
    this.computed = new Uint8Array(size);
    for (const { start, stop } of this.stretches) this.computed.fill(1, start, stop);
    this.first = new Float64Array(Uint8Array.from(atob(leaves), (character) => character.charCodeAt(0)).buffer);
    this.leaves = [];
    for (let i = 0; i < size; i++) if (!this.computed[i]) this.leaves.push(i);
    this.firstKeys = this.stretches.map((stretch) => stretch.key);
    this.reset();
  }

  /** Operands from their differences, each in the place of its number. */
  placed(differences) {
    const found = new Int32Array(this.size); // no differences: number 0, the constant 0, wherever it is read
    if (!differences.length) return found;
    let at = 0, sum = 0;
    for (const { start, stop } of this.stretches) {
      for (let i = start; i < stop; i++) {
        found[i] = sum += differences[at++];
        if (!(sum >= 0 && sum < start)) throw new RangeError('an operation reads what comes after it');
      }
    }
    return found;
  }

  reset() {
    this.leaves.forEach((place, i) => (this.values[place] = this.first[i]));
    this.stretches.forEach((stretch, i) => (stretch.key = this.firstKeys[i]));
    for (const choice of this.choices) choice.choose(choice.first);
    this.sweep();
  }

  /** Compute every value, or those from one stretch on. */
  forward(from = 0) {
    const { values, stretches, operands: [A, B, C] } = this;
    for (let i = from; i < stretches.length; i++) {
      const { key, start, stop } = stretches[i];
      OPERATIONS[key].forward(values, A, B, C, start, stop);
    }
  }

  /** The first stretch that reads any of these numbers. */
  reads(places) {
    const wanted = new Set(places);
    return this.stretches.findIndex(({ start, stop }) => {
      for (let i = start; i < stop; i++) if (this.operands.some((row) => row.length && wanted.has(row[i]))) return true;
      return false;
    });
  }

  backward() {
    const { values, gradients, stretches, operands: [A, B, C] } = this;
    gradients.fill(0);
    gradients[this.loss] = 1;
    for (let i = stretches.length - 1; i >= 0; i--) {
      const { key, start, stop } = stretches[i];
      OPERATIONS[key].backward(values, gradients, A, B, C, start, stop);
    }
  }

  sweep() {
    this.forward();
    this.backward();
  }

  get result() {
    return this.values[this.loss];
  }

  /** What can be changed, to come back to it. */
  state() {
    return { values: Float64Array.from(this.leaves, (place) => this.values[place]), keys: this.stretches.map((stretch) => stretch.key), choices: this.choices.map((choice) => [...choice.values]) };
  }

  restore({ values, keys, choices }) {
    this.leaves.forEach((place, i) => (this.values[place] = values[i]));
    this.stretches.forEach((stretch, i) => (stretch.key = keys[i]));
    this.choices.forEach((choice, i) => choice.choose(choices[i]));
    this.sweep();
  }

  /** One step of gradient descent on the numbers given. */
  descend(places, rate) {
    for (const place of places) this.values[place] -= rate * this.gradients[place];
    this.sweep();
  }

  /** The first stretch that made a number that is not finite, or null. */
  lost() {
    for (const { start, stop, vertex } of this.stretches)
      for (let i = start; i < stop; i++) if (!Number.isFinite(this.values[i])) return vertex;
    return null;
  }

  /** The derivatives of some numbers by earlier ones, a row for each, by what was computed between them. */
  jacobian(before, after) {
    const { values, operands: [A, B, C] } = this;
    const low = before.reduce((a, b) => Math.max(a, b)), high = after.reduce((a, b) => Math.max(a, b));
    const between = this.stretches.filter(({ start }) => start > low && start <= high).reverse();
    const scratch = (this.scratch ??= new Float64Array(this.size));
    return Array.from(after, (place) => {
      scratch[place] = 1;
      for (const { key, start, stop } of between) OPERATIONS[key].backward(values, scratch, A, B, C, start, stop);
      const row = Float64Array.from(before, (at) => scratch[at]);
      scratch.fill(0);
      return row;
    });
  }

  norm(places) {
    let sum = 0;
    for (const place of places) sum += this.gradients[place] ** 2;
    return Math.sqrt(sum);
  }
}

/** Whole numbers that decide which numbers others read: a right class, the tokens of a text. */
class Choice {
  constructor({ field, sides, values, count, uses = [], table = [], words = [] }, it) {
    Object.assign(this, { field, sides, count, words, it });
    this.table = table.map(([operand, at, ...places]) => [operand, placesOf(at), places.map(placesOf)]); // places for each value
    this.first = values;
    this.values = [...values];
    this.uses = uses.map(([operand, ...rows]) => [operand, ...rows.map(placesOf)]);
    const earliest = Math.min(...[...this.uses, ...this.table].map(([, at]) => at.reduce((a, b) => Math.min(a, b))));
    this.from = it.stretches.findIndex(({ stop }) => stop > earliest);
  }

  choose(values) {
    this.values = [...values];
    for (const [operand, at, places] of this.table) for (let i = 0; i < at.length; i++) this.it.operands[operand][at[i]] = places[values[0]][i];
    for (const [operand, at, which, base, stride] of this.uses)
      for (let i = 0; i < at.length; i++) this.it.operands[operand][at[i]] = base[i] + stride[i] * values[which[i]];
  }
}

/** The largest and the smallest singular value of a square matrix, by turning its rows until they are at right angles. */
function singular(rows) {
  const matrix = rows.map((row) => [...row]), n = matrix.length;
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  for (let round = 0, off = 1; round < 30 && off > 1e-12; round++) {
    off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [a, b] = [matrix[p], matrix[q]], [aa, bb, ab] = [dot(a, a), dot(b, b), dot(a, b)];
        if (!(Math.abs(ab) > 1e-15 * Math.sqrt(aa * bb)) || !Number.isFinite(ab)) continue;
        off = Math.max(off, Math.abs(ab) / Math.sqrt(aa * bb));
        const zeta = (bb - aa) / (2 * ab), t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t), s = c * t;
        for (let i = 0; i < n; i++) [a[i], b[i]] = [c * a[i] - s * b[i], s * a[i] + c * b[i]];
      }
    }
  }
  const sizes = matrix.map((row) => Math.hypot(...row));
  return [Math.max(...sizes), Math.min(...sizes)];
}

/** The same run many times side by side, on other leaves and choices: each number has as many lanes. */
class Lanes {
  constructor(it, count) {
    Object.assign(this, { it, count });
    this.values = new Float64Array(it.size * count);
    this.gradients = new Float64Array(it.size * count);
    this.operands = it.operands.map((row) => {
      const wide = new Int32Array(row.length * count);
      for (let place = 0, at = 0; place < row.length; place++) for (let lane = 0; lane < count; lane++) wide[at++] = row[place] * count + lane;
      return wide;
    });
  }

  /** Leaves and choices as the run has them now, in every lane. */
  take() {
    const { it, count } = this;
    for (const place of it.leaves) this.values.fill(it.values[place], place * count, (place + 1) * count);
    for (const choice of it.choices) for (let lane = 0; lane < count; lane++) this.choose(choice, choice.values, lane);
  }

  put(place, lane, value) {
    this.values[place * this.count + lane] = value;
  }

  choose(choice, values, lane) {
    for (const [operand, at, which, base, stride] of choice.uses)
      for (let i = 0; i < at.length; i++) this.operands[operand][at[i] * this.count + lane] = (base[i] + stride[i] * values[which[i]]) * this.count + lane;
  }

  forward(from = 0) {
    const { values, count, it: { stretches }, operands: [A, B, C] } = this;
    for (let i = from; i < stretches.length; i++) OPERATIONS[stretches[i].key].forward(values, A, B, C, stretches[i].start * count, stretches[i].stop * count);
  }

  backward() {
    const { values, gradients, count, it: { stretches, loss }, operands: [A, B, C] } = this;
    gradients.fill(0);
    gradients.fill(1, loss * count, (loss + 1) * count);
    for (let i = stretches.length - 1; i >= 0; i--) OPERATIONS[stretches[i].key].backward(values, gradients, A, B, C, stretches[i].start * count, stretches[i].stop * count);
  }

  result(lane) {
    return this.values[this.it.loss * this.count + lane];
  }
}

/** The places of numbers, which the file says as a beginning and a count, or as differences after a −1. */
function placesOf(told) {
  if (told[0] !== -1) return Int32Array.from({ length: told[1] }, (_, i) => told[0] + i);
  let sum = 0;
  return Int32Array.from(told.slice(1), (difference) => (sum += difference));
}
