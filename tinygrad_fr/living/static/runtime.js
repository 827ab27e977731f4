// A recorded run that computes: typed arrays, swept forward and backward. Who holds it changes leaves and sweeps again.

class Living {
  constructor({ size, codes, stretches, operands, leaves }, loss) {
    this.size = size;
    this.loss = loss;
    this.values = new Float64Array(size);
    this.gradients = new Float64Array(size);
    this.keys = codes;
    this.stretches = [];
    for (let i = 0; i < stretches.length; i += 4) this.stretches.push({ key: codes[stretches[i]], start: stretches[i + 1], stop: stretches[i + 2], vertex: stretches[i + 3] });
    this.operands = [0, 1, 2].map((place) => this.placed(operands[place]));
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
    const found = new Int32Array(differences.length ? this.size : 0);
    if (!differences.length) return found;
    let at = 0, sum = 0;
    for (const { start, stop } of this.stretches) for (let i = start; i < stop; i++) found[i] = sum += differences[at++];
    return found;
  }

  reset() {
    this.leaves.forEach((place, i) => (this.values[place] = this.first[i]));
    this.stretches.forEach((stretch, i) => (stretch.key = this.firstKeys[i]));
    this.sweep();
  }

  forward() {
    const { values, operands: [A, B, C] } = this;
    for (const { key, start, stop } of this.stretches) OPERATIONS[key].forward(values, A, B, C, start, stop);
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
    return { values: Float64Array.from(this.leaves, (place) => this.values[place]), keys: this.stretches.map((stretch) => stretch.key) };
  }

  restore({ values, keys }) {
    this.leaves.forEach((place, i) => (this.values[place] = values[i]));
    this.stretches.forEach((stretch, i) => (stretch.key = keys[i]));
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

  norm(places) {
    let sum = 0;
    for (const place of places) sum += this.gradients[place] ** 2;
    return Math.sqrt(sum);
  }
}

/** The places of numbers, which the file says as a beginning and a count, or as differences after a −1. */
function placesOf(told) {
  if (told[0] !== -1) return Int32Array.from({ length: told[1] }, (_, i) => told[0] + i);
  let sum = 0;
  return Int32Array.from(told.slice(1), (difference) => (sum += difference));
}
