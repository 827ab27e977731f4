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
    this.states = told.states.map((steps) => steps.map(placesOf));
    this.maps = (told.maps ?? []).map((map) => ({ ...map, states: map.states.map(placesOf) }));
  }

  get way() {
    return this.states[0] ?? this.maps.find(({ symbol }) => symbol === 'h').states;
  }

  norms() {
    return this.way.map((places) => this.life.it.norm(places));
  }

  /** What one step back multiplies the norm by, and the verdict in words. */
  sentence() {
    const [vanished, weak] = this.limits;
    const norms = this.norms(), ratio = norms[0] / norms.at(-1);
    const word = !norms.every(Number.isFinite) ? 'overflows' : !(ratio >= vanished) ? 'vanishes' : ratio > 1 / vanished ? 'explodes' : ratio < weak ? 'weakens' : 'lasts';
    return say('verdict', { label: this.label, factor: exact(ratio ** (1 / (norms.length - 1))), verdict: say(word) });
  }
}

class Alive {
  constructor(lives, now) {
    this.lives = lives;
    this.now = now;
    this.chosen = 0;
    this.pulls = lives.map(({ life }) => new Pull(life));
    this.trains = lives.map(({ life }) => (life.parameters.length ? new Train(life) : null));
    this.select = html('select', { onchange: () => { this.chosen = Number(this.select.value); this.draw(); } });
    this.boxes = [...(lives.length > 1 ? [this.select] : []), ...this.pulls.flatMap((pull, i) => pull.boxes(this.trains[i]))];
    this.curve = svg('svg', { class: 'through', viewBox: `0 0 ${WIDE} ${HIGH}`, role: 'img' });
    this.told = html('div', { class: 'verdicts', role: 'status' });
    this.maps = html('div', { class: 'maps' });
    this.chart = html('div', { class: 'alive' }, this.told, this.curve, this.maps);
  }

  get touched() {
    return this.lives.some(({ life }) => life.touched);
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
    this.select.setAttribute('aria-label', say('model_pulled'));
    this.lives.forEach((_, i) => {
      for (const box of this.pulls[i].boxes(this.trains[i])) box.hidden = i !== this.chosen;
      if (i !== this.chosen) return;
      this.pulls[i].draw();
      this.trains[i]?.draw();
    });
    this.told.replaceChildren(...this.lives.map((run, i) => {
      const line = html('p', {}, run.sentence());
      line.style.borderColor = `var(--role-${i})`;
      return line;
    }));
    this.curves();
    this.heats();
  }

  curves() {
    const [low, high] = DECADES;
    const count = Math.max(...this.lives.map(({ steps }) => steps.length));
    const x = (i) => LEFT + ((RIGHT - LEFT) * i) / Math.max(count - 1, 1);
    const y = (norm) => LOW - ((LOW - TOP) * (Math.min(Math.max(Math.log10(norm || 1e-300), low), high) - low)) / (high - low);
    const lines = [];
    for (let decade = low; decade <= high; decade += 4) {
      const at = y(10 ** decade);
      lines.push(svg('line', { x1: LEFT, x2: RIGHT, y1: at, y2: at, class: 'rule' }), svg('text', { x: LEFT - 6, y: at + 4, class: 'tick' }, decade ? `10${[...String(decade)].map((sign) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)]).join('')}` : '1'));
    }
    const here = svg('line', { x1: x(this.now()), x2: x(this.now()), y1: TOP, y2: LOW, class: 'here' });
    const drawn = this.lives.flatMap((run, i) => {
      const norms = run.norms();
      const line = svg('polyline', { points: norms.map((norm, t) => `${x(t)},${y(norm)}`).join(' ') });
      const name = svg('text', { x: RIGHT + 8, y: y(norms.at(-1)) + 4 + 15 * i, class: 'name' }, run.label);
      line.style.stroke = name.style.fill = `var(--role-${i})`;
      return [line, name];
    });
    const title = say('through', { symbol: this.lives[0].symbol });
    const ends = [svg('text', { x: LEFT, y: LOW + 20, class: 'step' }, `1`), svg('text', { x: RIGHT, y: LOW + 20, class: 'step' }, `${count}`)];
    this.curve.replaceChildren(svg('text', { x: LEFT, y: 14, class: 'step' }, title), ...lines, here, ...drawn, ...ends);
    this.curve.setAttribute('aria-label', [title, ...this.lives.map((run) => run.sentence())].join('. '));
  }

  heats() {
    const [{ life, maps }] = this.lives;
    if (!maps.length) return;
    if (!this.maps.children.length) this.maps.append(...maps.map(() => html('figure', {}, html('figcaption', {}), html('canvas', { role: 'img' }))));
    maps.forEach(({ symbol, gate, states }, i) => {
      const [caption, canvas] = this.maps.children[i].children;
      caption.textContent = say(gate ? 'gate_map' : 'state_map', { symbol });
      canvas.setAttribute('aria-label', caption.textContent);
      const units = states[0].length, side = Math.max(3, Math.min(16, Math.floor(110 / units)));
      const wide = Math.max(6, Math.floor(584 / states.length));
      [canvas.width, canvas.height] = [wide * states.length, side * units];
      const paint = canvas.getContext('2d');
      states.forEach((places, t) => places.forEach((at, unit) => {
        const value = life.it.values[at];
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
    });
  }
}
