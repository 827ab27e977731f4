// The pages of flow and gates as they compute: a curve on a scale that stays still, and a map of each gate.

const DECADES = [-12, 4];
const [WIDE, HIGH, LEFT, RIGHT, TOP, LOW] = [780, 300, 56, 640, 26, 260];

/** A living run with the numbers of its states at each step. */
class Through {
  constructor(told) {
    this.life = new Life(told);
    this.label = told.label;
    this.symbol = told.symbol;
    this.steps = told.steps;
    this.limits = told.limits;
    this.told = told;
    this.step = this.life.it.choices.find(({ field }) => field === 'step');
    this.unit = 0;
    this.states = told.states.map((steps) => steps.map(placesOf));
    this.maps = (told.maps ?? []).map((map) => ({ ...map, states: map.states.map(placesOf) }));
  }

  get way() {
    return this.states[0] ?? this.maps.find(({ symbol }) => symbol === 'h').states;
  }

  /** The singular values of the step before a place; nothing at the first, or where they are not followed. */
  stretched(place) {
    if (!this.told.singular || place < 1) return null;
    const at = (i) => this.states.flatMap((state) => [...state[i]]);
    return singular(this.life.it.jacobian(at(place - 1), at(place)));
  }

  /** As far as the loss reads. */
  norms() {
    return this.way.slice(0, this.step ? this.step.values[0] + 1 : undefined).map((places) => this.life.it.norm(places));
  }

  /** What one step back multiplies the norm by, and the verdict in words. */
  sentence() {
    const [vanished, weak] = this.limits;
    const norms = this.norms(), ratio = norms[0] / norms.at(-1);
    const word = !norms.every(Number.isFinite) ? 'overflows' : !(ratio >= vanished) ? 'vanishes' : ratio > 1 / vanished ? 'explodes' : ratio < weak ? 'weakens' : 'lasts';
    return say('verdict', { label: this.label, factor: norms.length > 1 ? exact(ratio ** (1 / (norms.length - 1))) : '1', verdict: say(word) });
  }

  /** What a number is called here, by its place. */
  get names() {
    if (this.named) return this.named;
    this.named = new Map();
    const low = (t) => [...String(t)].map((sign) => '₀₁₂₃₄₅₆₇₈₉'[sign] ?? sign).join('');
    for (const { symbol, states } of this.maps) states.forEach((places, i) => places.forEach((place) => this.named.set(place, symbol + low(this.steps[i]))));
    return this.named;
  }

  /** The equation that made a number, in names and in numbers: opened until something has a name. */
  equation(place) {
    const { it } = this.life;
    const made = (at) => it.stretches.find(({ start, stop }) => start <= at && at < stop)?.key.split(/[ /]/)[0];
    const signs = { add: ' + ', sub: ' − ', mul: ' · ' };
    const short = { sigmoid: 'σ' };
    const told = (at, top = false, depth = 0) => {
      const value = exact(it.values[at]);
      if (!top && this.names.has(at)) return [this.names.get(at), it.values[at] < 0 ? `(${value})` : value];
      const name = made(at), operands = it.operands.map((row) => row[at]);
      if (!name) return [value, value];
      if (name === 'identity') return told(operands[0], top, depth);
      if (signs[name] && depth < 4) {
        const [a, b] = [told(operands[0], false, depth + 1), told(operands[1], false, depth + 1)];
        const sum = (operand) => name === 'mul' && ['add', 'sub'].includes(made(operand)) && !this.names.has(operand);
        const kept = (pair, operand) => pair.map((text) => (sum(operand) ? `(${text})` : text));
        const [left, right] = [kept(a, operands[0]), kept(b, operands[1])];
        return [0, 1].map((way) => left[way] + signs[name] + right[way]);
      }
      if (operands[1]) return [value, value];
      const inner = this.names.has(operands[0]) ? told(operands[0]) : ['z', exact(it.values[operands[0]])];
      return [0, 1].map((way) => `${short[name] ?? name}(${inner[way].replace(/^\((.*)\)$/, '$1')})`);
    };
    const [names, numbers] = told(place, true);
    return { name: this.names.get(place), names, numbers, value: exact(it.values[place]) };
  }
}

class Alive {
  constructor(lives, now) {
    this.lives = lives;
    this.now = now;
    this.chosen = 0;
    this.pulls = lives.map(({ life }, i) => new Pull(life, i ? `v${i}` : 'v'));
    this.trains = lives.map(({ life }) => (life.parameters.length ? new Train(life) : null));
    this.select = html('select', { onchange: () => { this.chosen = Number(this.select.value); this.draw(); } });
    this.boxes = [...(lives.length > 1 ? [this.select] : []), ...this.pulls.flatMap((pull, i) => pull.boxes(this.trains[i]))];
    this.curve = svg('svg', { class: 'through', viewBox: `0 0 ${WIDE} ${HIGH}`, role: 'img' });
    this.told = html('div', { class: 'verdicts', role: 'status' });
    this.maps = html('div', { class: 'maps' });
    this.unit = html('input', { type: 'number', min: 1, step: 1, value: 1, oninput: () => this.point(this.unit.valueAsNumber - 1) });
    this.unitLabel = html('span', {});
    this.equations = html('div', { class: 'opened' });
    this.singular = html('p', { class: 'told' });
    const gated = lives[0].maps.length ? html('section', { class: 'unit' }, html('label', {}, this.unitLabel, this.unit), this.equations) : null;
    this.chart = html('div', { class: 'alive' }, this.told, this.singular, this.curve, ...(gated ? [gated] : []), this.maps);
  }

  get touched() {
    return this.lives.some(({ life }) => life.touched);
  }

  /** Read one unit, and where the mouse says so one step. */
  point(unit, step = null) {
    const [run] = this.lives, units = run.maps[0].states[0].length;
    run.unit = Math.min(Math.max(Math.trunc(unit) || 0, 0), units - 1);
    if (document.activeElement !== this.unit) this.unit.value = run.unit + 1;
    if (step !== null && step !== this.now()) this.go(step);
    else this.draw();
  }

  /** The equations of the unit that is pointed at, with its numbers. */
  opened() {
    const [run] = this.lives;
    if (!run.maps.length) return;
    put(this.unitLabel, `${say('unit', { step: run.steps[this.now()], n: run.maps[0].states[0].length })} `);
    this.unit.max = run.maps[0].states[0].length;
    if (!this.equations.children.length) this.equations.append(...run.maps.map(({ symbol }) => {
      const line = html('p', {}, html('b', {}), html('span', {}), html('br', {}), html('span', { class: 'told' }), html('b', {}));
      line.style.borderColor = `var(--role-${ROLES.indexOf(symbol)})`;
      return line;
    }));
    run.maps.forEach(({ states }, i) => {
      const { name, names, numbers, value } = run.equation(states[this.now()][run.unit]);
      const [left, form, , filled, right] = this.equations.children[i].children;
      put(left, name);
      put(form, ` = ${names}`);
      put(filled, `= ${numbers}`);
      put(right, ` = ${value}`);
    });
  }

  hear(act) {
    for (const { life } of this.lives) life.heard.push(act);
  }

  undo() {
    this.lives[this.chosen].life.undo();
  }

  reset() {
    this.lives[this.chosen].life.reset();
  }

  /** One number of the table, now; nothing where it is not computed here. */
  cell(told, row) {
    if (!told) return '…';
    const [run, state, what] = told;
    const { life, states, maps } = this.lives[run];
    const places = (states[state] ?? maps[state].states)[row];
    if (!places) return '';
    if (what === 'gradient') return figure(life.it.norm(places));
    const values = [...places].map((at) => life.it.values[at]);
    return figure(what === 'mean' ? values.reduce((a, b) => a + b, 0) / values.length : Math.hypot(...values));
  }

  draw() {
    offered(this.select, this.lives.map(({ label }, i) => [i, label]), this.chosen);
    mark(this.select, 'aria-label', say('model_pulled'));
    this.lives.forEach((_, i) => {
      for (const box of this.pulls[i].boxes(this.trains[i])) box.hidden = i !== this.chosen;
      if (i !== this.chosen) return;
      this.pulls[i].draw();
      this.trains[i]?.draw();
    });
    if (!this.told.children.length) this.told.append(...this.lives.map((_, i) => {
      const line = html('p', {});
      line.style.borderColor = `var(--role-${i})`;
      return line;
    }));
    this.lives.forEach((run, i) => put(this.told.children[i], run.sentence()));
    const places = this.lives.map((run) => [run, run.stretched(this.now())]).filter(([, found]) => found);
    put(this.singular, places.map(([run, [high, low]]) => say('stretches', { label: run.label, step: run.steps[this.now()], high: exact(high), low: exact(low) })).join(' '));
    this.curves();
    this.heats();
    this.opened();
  }

  curves() {
    const [low, high] = DECADES;
    const count = Math.max(...this.lives.map(({ steps }) => steps.length));
    const x = (i) => LEFT + ((RIGHT - LEFT) * i) / Math.max(count - 1, 1);
    const y = (norm) => LOW - ((LOW - TOP) * (Math.min(Math.max(Math.log10(norm || 1e-300), low), high) - low)) / (high - low);
    const norms = this.lives.map((run) => run.norms());
    if (!this.lines) this.framed(x, y, count);
    norms.forEach((found, i) => {
      mark(this.lines[i], 'points', found.map((norm, t) => `${x(t)},${y(norm)}`).join(' '));
      mark(this.ends[i], 'x', x(found.length - 1) + 8);
      mark(this.ends[i], 'y', y(found.at(-1)) + 4 + 15 * i);
    });
    for (const side of ['x1', 'x2']) mark(this.here, side, x(this.now()));
    const title = say('through', { symbol: this.lives[0].symbol });
    put(this.head, title);
    mark(this.curve, 'aria-label', [title, ...[...this.told.children].map((line) => line.textContent)].join('. '));
  }

  /** What stays of the curve's picture: its scale, and a line for each run. */
  framed(x, y, count) {
    const [low, high] = DECADES, lines = [];
    for (let decade = low; decade <= high; decade += 4) {
      const at = y(10 ** decade);
      lines.push(svg('line', { x1: LEFT, x2: RIGHT, y1: at, y2: at, class: 'rule' }), svg('text', { x: LEFT - 6, y: at + 4, class: 'tick' }, decade ? `10${[...String(decade)].map((sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)]).join('')}` : '1'));
    }
    this.here = svg('line', { y1: TOP, y2: LOW, class: 'here' });
    this.head = svg('text', { x: LEFT, y: 14, class: 'step' });
    this.lines = this.lives.map(() => svg('polyline', {}));
    this.ends = this.lives.map(({ label }) => svg('text', { class: 'name' }, label));
    this.lives.forEach((_, i) => (this.lines[i].style.stroke = this.ends[i].style.fill = `var(--role-${i})`));
    const ends = [svg('text', { x: LEFT, y: LOW + 20, class: 'step' }, '1'), svg('text', { x: RIGHT, y: LOW + 20, class: 'step' }, `${count}`)];
    this.curve.replaceChildren(this.head, ...lines, this.here, ...this.lines, ...this.ends, ...ends);
  }

  /** A press on a map reads the unit and the step under it; a mouse that passes over reads the unit. */
  hit(event, pressed) {
    if (!pressed && !event.buttons && event.pointerType !== 'mouse') return;
    const { left, top, width, height } = event.target.getBoundingClientRect(), [run] = this.lives;
    const unit = Math.floor(((event.clientY - top) / height) * run.maps[0].states[0].length);
    const step = Math.floor(((event.clientX - left) / width) * run.steps.length);
    if (pressed || event.buttons || unit !== run.unit) this.point(unit, pressed || event.buttons ? Math.min(Math.max(step, 0), run.steps.length - 1) : null);
  }

  heats() {
    const [{ life, maps }] = this.lives;
    if (!maps.length) return;
    if (!this.maps.children.length) this.maps.append(...maps.map(() => html('figure', {}, html('figcaption', {}), html('canvas', { role: 'img', onpointerdown: (event) => this.hit(event, true), onpointermove: (event) => this.hit(event, false) }))));
    maps.forEach(({ symbol, gate, states }, i) => {
      const [caption, canvas] = this.maps.children[i].children;
      put(caption, say(gate ? 'gate_map' : 'state_map', { symbol }));
      mark(canvas, 'aria-label', caption.textContent);
      const units = states[0].length, side = Math.max(3, Math.min(16, Math.floor(110 / units)));
      const wide = Math.max(6, Math.floor(584 / states.length));
      if (canvas.width !== wide * states.length || canvas.height !== side * units) [canvas.width, canvas.height] = [wide * states.length, side * units];
      const paint = canvas.getContext('2d');
      const look = `${state.theme} ${this.now()} ${this.lives[0].unit}`, values = Float64Array.from(states.flatMap((places) => [...places]), (at) => life.it.values[at]);
      const before = canvas.look === look ? canvas.painted : null; // only what is another is painted
      [canvas.look, canvas.painted] = [look, values];
      states.forEach((places, t) => places.forEach((_, unit) => {
        const value = values[t * units + unit];
        if (before && Object.is(before[t * units + unit], value)) return;
        const far = Math.min(1, Math.abs(value)) || 0;
        paint.globalAlpha = 1;
        paint.fillStyle = tint(gate ? 'closed' : 'zero');
        paint.fillRect(t * wide, unit * side, wide, side);
        paint.globalAlpha = far;
        paint.fillStyle = tint(gate ? 'open' : value < 0 ? 'negative' : 'positive');
        paint.fillRect(t * wide, unit * side, wide, side);
      }));
      paint.globalAlpha = 1;
      paint.strokeStyle = tint('ink');
      paint.lineWidth = 2;
      paint.strokeRect(this.now() * wide + 1, 1, wide - 2, side * units - 2);
      paint.strokeRect(this.now() * wide + 1, this.lives[0].unit * side + 1, wide - 2, side - 2);
    });
  }
}
