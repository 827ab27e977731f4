// The living run: every card's numbers as they are now, what was changed, and the way back.

const MOST_UNDONE = 200;
const KEPT = 8_000_000; // numbers that are kept for undoing: a large run remembers fewer changes

class Life {
  constructor({ program, loss, cards, leaves, names, activations, plane, gates = [], guards = [] }) {
    this.it = new Living(program, loss);
    this.cards = Object.fromEntries(Object.entries(cards).map(([name, places]) => [name, new Map(Object.entries(places).filter(([, told]) => !(told[0] < -1)).map(([id, told]) => [Number(id), placesOf(told)]))]));
    this.chosen = Object.fromEntries(Object.entries(cards).map(([name, places]) => [name, new Map(Object.entries(places).filter(([, told]) => told[0] < -1).map(([id, told]) => [Number(id), this.it.choices[-2 - told[0]]]))]));
    this.leaves = leaves.map((leaf) => ({ ...leaf, at: placesOf(leaf.places) }));
    this.gates = gates.map((gate) => ({ ...gate, kind: 'parameter', moved: true, gradient: true, in: '', shape: '', at: placesOf(gate.places), sides: [placesOf(gate.places).length] }));
    this.guards = guards; // [line, place, value]: what Python decided by
    this.crossed = null; // the line that would decide otherwise
    this.names = names;
    this.activations = activations;
    this.first = this.it.result;
    this.undone = [];
    this.touched = false;
    this.heard = [];
    this.hidden = null; // a number that is asked for
    this.returns = 0; // how often something was undone
    this.scales = new Map();
    this.version = 0; // grows with every change
    this.points = plane ? new Points(plane, this) : null;
  }

  /** Parameters, which training moves. */
  get parameters() {
    return this.leaves.filter((leaf) => leaf.kind === 'parameter');
  }

  /** Do something to the numbers; a change that goes on, such as a drag, is undone as one. */
  change(act, { going = false } = {}) {
    if (!going) this.keep();
    const before = this.guards.length ? this.it.state() : null;
    act(this.it);
    this.it.sweep();
    this.crossed = this.guards.find(([, place, value]) => this.it.values[place] !== value)?.[0] ?? null;
    if (this.crossed !== null) {
      this.it.restore(before); // beyond, the run would be another
      if (!going) this.undone.pop();
      return this.tell();
    }
    this.touched = true;
    this.tell();
  }

  keep() {
    this.undone.push({ ...this.it.state(), touched: this.touched });
    while (this.undone.length > Math.max(1, Math.min(MOST_UNDONE, Math.floor(KEPT / this.it.leaves.length)))) this.undone.shift();
  }

  undo() {
    const state = this.undone.pop();
    if (!state) return;
    this.crossed = null;
    this.it.restore(state);
    this.touched = state.touched;
    this.returns += 1;
    this.tell();
  }

  reset() {
    if (this.touched) this.keep();
    this.it.reset();
    this.crossed = null;
    this.points?.take(this.points.name);
    this.touched = false;
    this.returns += 1;
    this.tell();
  }

  /** Once in a frame, however often something changes. */
  tell() {
    this.version += 1;
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = null;
      for (const hear of this.heard) hear();
    });
  }

  /** The name of what is not finite first, or null. */
  lost() {
    if (Number.isFinite(this.it.result)) return null;
    const vertex = this.it.lost();
    return vertex === null ? 'L' : this.names[vertex];
  }

  /** Whether a card holds the number that is asked for. */
  hides(node, what) {
    return this.hidden?.what === what && Boolean(this.places(node.run, node.id)?.includes(this.hidden.place));
  }

  places(run, id) {
    return this.cards[run]?.get(id) ?? null;
  }

  /** A number, a few, or the norm of many: as the file says the recorded ones. */
  brief(array, places) {
    if (places.length > 4) return `‖·‖ ${exact(Math.sqrt(places.reduce((sum, at) => sum + array[at] ** 2, 0)))}`;
    const asked = this.hidden && array === (this.hidden.what === 'gradient' ? this.it.gradients : this.it.values) ? this.hidden.place : -1;
    const told = [...places].map((at) => (at === asked ? '?' : exact(array[at])));
    return told.length === 1 ? told[0] : `[${told.join(' ')}]`;
  }

  value(run, id) {
    const choice = this.chosen[run]?.get(id);
    if (choice) return choice.values.length > 4 ? '…' : `[${choice.values.join(' ')}]`;
    const places = this.places(run, id);
    return places ? this.brief(this.it.values, places) : null;
  }

  gradient(run, id) {
    const places = this.places(run, id);
    return places ? this.brief(this.it.gradients, places) : null;
  }

  /** The cells of a strip on the scale that it had first, which stays still. */
  strip(run, id, count) {
    const places = this.places(run, id);
    if (!places) return null;
    const cells = Array.from({ length: count }, () => [0, 0]);
    const large = places.length % count, size = Math.floor(places.length / count);
    let next = 0;
    for (let cell = 0; cell < count; cell++) {
      const many = size + (cell < large ? 1 : 0);
      for (let i = 0; i < many; i++) cells[cell][0] += this.it.values[places[next++]] / many;
    }
    const means = cells.map(([mean]) => mean);
    const key = `${run} ${id}`;
    if (!this.scales.has(key)) this.scales.set(key, Math.max(...means.map(Math.abs)) || 1);
    const scale = this.scales.get(key);
    return means.map((mean) => (Number.isFinite(mean) ? Math.max(-100, Math.min(100, Math.round((100 * mean) / scale))) : 0));
  }
}

/** A number as the rest of the page writes it; what is not finite is said as it is. */
function exact(value) {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  const text = Number.isInteger(value) && size < 1e6 ? String(value) : size < 1e-3 ? value.toExponential(2) : size < 1e3 ? value.toFixed(3) : value.toPrecision(4);
  return text.replace('.', page.words[state.language].decimal).replace('-', '−');
}

let life = null; // the page's living run, if it has one

/** What a card says of its value now; what cannot be followed says nothing rather than something old. */
function valueOf(node) {
  if (life?.hides(node, 'value')) return life.value(node.run, node.id);
  if (!life?.touched || life.places(node.run, node.id)?.length === 0) return pick(node.value);
  return life.value(node.run, node.id) ?? '…';
}

function gradientNow(node) {
  if (!node.gradient) return null;
  if (life?.hides(node, 'gradient')) return life.gradient(node.run, node.id);
  if (!life?.touched || life.places(node.run, node.id)?.length === 0) return pick(node.gradient);
  return life.gradient(node.run, node.id) ?? '…';
}

/** The longest that the numbers of a card become. */
function longest(node) {
  const count = life?.places(node.run, node.id)?.length ?? 0;
  if (count > 4) return '‖·‖ 8,888e−88';
  return count === 1 ? '−8,888e−8' : count ? `[${Array.from({ length: count }, () => '−8,888').join(' ')}]` : '';
}

/** The leaf that a card is, if it is one number that can be pulled. */
function pullable(node) {
  if (!life || !node || !['input', 'parameter'].includes(node.kind)) return null;
  const places = life.places(node.run, node.id);
  return places?.length === 1 ? places[0] : null;
}

/** Pull a card's own number: up or to the right is more; so are the arrow keys. */
function pulled(card, place) {
  let from = null, going = false;
  const span = Math.max(2, 2 * Math.abs(life.it.values[place]));
  const set = (value) => { life.change((it) => (it.values[place] = value), { going }); going = true; };
  card.addEventListener('pointerdown', (event) => { event.stopPropagation(); from = [event.clientX - event.clientY, life.it.values[place]]; going = false; card.setPointerCapture(event.pointerId); });
  card.addEventListener('pointermove', (event) => { if (from && event.clientX - event.clientY !== from[0]) set(from[1] + ((event.clientX - event.clientY - from[0]) * span) / 200); });
  for (const end of ['pointerup', 'pointercancel']) card.addEventListener(end, () => (from = null));
  card.addEventListener('keydown', (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    going = event.repeat;
    set(life.it.values[place] + (way * span) / (event.shiftKey ? 400 : 40));
  });
}
