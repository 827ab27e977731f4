// What can be pulled: a row for each input and parameter, with its gradient beside it.

const CELLS = 1024; // numbers of one tensor that are offered one by one
const LONG_MENU = 64; // numbers that a menu holds before it is opened: a longer list is written when the menu takes the focus

class Pull {
  constructor(life, key = 'v') {
    this.life = life;
    this.rows = [...life.gates, ...life.leaves].map((leaf) => new Row(leaf, life));
    this.rows.sort((a, b) => a.rank - b.rank);
    this.say = html('p', { class: 'live', role: 'status' });
    this.undo = html('button', { type: 'button', onclick: () => life.undo() });
    this.reset = html('button', { type: 'button', onclick: () => life.reset() });
    this.swaps = [...swaps(life), ...life.it.choices.map((choice) => new Choose(choice, life))];
    this.link = new Link(life, key);
    this.title = html('h2', {});
    this.ways = html('p', { class: 'ways' });
    this.above = html('div', { class: 'above' }, this.say, this.ways);
    this.box = html('section', { id: 'life' }, this.title, html('p', { class: 'buttons' }, this.undo, this.reset, this.link.button), this.link.said,
      ...this.swaps.map((swap) => swap.box));
    this.plane = life.points ? new Plane(life.points, life) : null;
    this.rowsBox = html('section', { class: 'rows' }, ...this.rows.map((row) => row.box));
  }

  /** In the order in which they are reached for: single numbers at once, matrices after the training. */
  boxes(train, predict) {
    const single = this.life.leaves.every((leaf) => leaf.at.length === 1) || this.rows.some((row) => row.cells?.image);
    const rest = [...(single ? [['pull', this.rowsBox]] : []), ['plane', this.plane?.box], ['train', train?.box], ['predict', predict?.box], ...(single ? [] : [['pull', this.rowsBox]])].filter(([, box]) => box);
    this.places = rest;
    return [this.above, this.box, ...rest.map(([, box]) => box)];
  }

  draw() {
    const { life } = this;
    put(this.title, say('pull'));
    if (this.places && this.ways.dataset.language !== state.language) {
      this.ways.dataset.language = state.language;
      this.ways.replaceChildren(...[...this.places, ...(document.getElementById('step') ? [['step', document.getElementById('step')]] : [])].map(([key, box]) => html('button', { type: 'button', onclick: () => box.scrollIntoView({ block: 'start' }) }, say(`way_${key}`))));
    }
    put(this.undo, `↶ ${say('undo')}`);
    this.undo.disabled = !life.undone.length;
    put(this.reset, `⟲ ${say('reset')}`);
    this.reset.disabled = !life.touched;
    const lost = life.lost();
    const parts = [html('b', {}, say('now', { value: exact(life.it.result) }))];
    if (lost) parts.push(`. ${say('lost', { name: lost })}`);
    else if (life.touched) parts.push(`, ${say('was', { value: exact(life.first) })}.`);
    else parts.push(`. ${say('same')}`);
    if (life.crossed !== null) parts.splice(1, parts.length, `. ${say('crossed', { where: life.crossed })}`);
    const told = parts.map((part) => part.textContent ?? part).join('');
    if (this.say.textContent !== told) this.say.replaceChildren(...parts);
    this.say.classList.toggle('lost', Boolean(lost) || life.crossed !== null);
    for (const swap of this.swaps) swap.draw();
    this.link.draw();
    this.plane?.draw();
    for (const row of this.rows) row.draw();
  }
}

class Row {
  constructor(leaf, life) {
    this.leaf = leaf;
    this.life = life;
    this.cell = leaf.at.length === 1 ? 0 : -1; // −1 is the whole of it, by a scale
    this.name = html('span', { class: 'name' });
    this.range = html('input', { type: 'range', step: 'any', onpointerdown: () => (this.going = false), onkeydown: () => (this.going = false), oninput: () => this.set(this.range.valueAsNumber), onchange: () => (this.going = false) });
    this.number = html('input', { type: 'number', step: 'any', onchange: () => { this.going = false; if (Number.isFinite(this.number.valueAsNumber)) this.set(this.number.valueAsNumber); this.going = false; this.draw(); } });
    this.gradient = html('output', { class: 'gradient' });
    this.which = leaf.at.length === 1 ? null : html('select', { onfocus: () => this.list(), onchange: () => { this.cell = Number(this.which.value); this.draw(true); } });
    this.cells = leaf.at.length > 1 && leaf.at.length <= CELLS ? new Cells(this) : null;
    this.wipe = this.cells?.image ? html('button', { type: 'button', onclick: () => life.change((it) => leaf.at.forEach((place) => (it.values[place] = 0))) }) : null;
    this.box = html('div', { class: `pulled ${leaf.kind}` }, this.name, this.which, this.range, this.number, this.gradient, this.cells?.canvas, this.wipe);
    this.base = null;
    this.scale = 1;
    this.span = Math.max(2, 2 * Math.max(...[...leaf.at.slice(0, CELLS)].map((at) => Math.abs(life.it.values[at]))));
  }

  /** One number, or all of them times a gain on what they were when the pull began; those of a gate are moved together. */
  set(value) {
    const { life, leaf: { at } } = this;
    const going = this.going === true;
    if (this.cell < 0 && !going) {
      const now = this.value;
      this.base = Float64Array.from(at, (place) => (this.leaf.moved ? life.it.values[place] - now : life.it.values[place] / (this.scale || 1)));
    }
    life.change((it) => {
      if (this.cell >= 0) it.values[at[this.cell]] = value;
      else {
        at.forEach((place, i) => (it.values[place] = this.leaf.moved ? this.base[i] + value : this.base[i] * value));
        this.scale = value;
      }
    }, { going });
    this.going = true;
  }

  get value() {
    const { life, leaf } = this;
    if (leaf.moved && this.cell < 0) return leaf.at.reduce((sum, at) => sum + life.it.values[at], 0) / leaf.at.length;
    return this.cell >= 0 ? this.life.it.values[this.leaf.at[this.cell]] : this.scale;
  }

  /** What is drawn stands first, and what begins at 0 without being learned, such as a mask or a first state, last. */
  get rank() {
    const { leaf, life, cells } = this;
    return cells?.image ? 0 : leaf.kind === 'input' && leaf.at.length > 1 && leaf.at.every((place) => life.it.values[place] === 0) ? 2 : 1;
  }

  option(cell) {
    const { leaf } = this;
    return html('option', { value: cell, selected: cell === this.cell }, cell < 0 ? say(leaf.moved ? 'shift' : 'gain') : indexOf(cell, leaf.sides));
  }

  /** All the menu's entries: the whole, and each number. */
  list() {
    this.which.replaceChildren(this.option(-1), ...[...this.leaf.at.slice(0, CELLS)].map((_, i) => this.option(i)));
  }

  draw(renamed = false) {
    const { leaf, life } = this;
    const title = leaf.moved ? say('gate_bias', { symbol: leaf.name }) : leaf.name;
    const whole = say(leaf.moved ? 'shift' : 'gain');
    if (this.returns !== life.returns) [this.scale, this.returns] = [1, life.returns];
    put(this.name, title);
    mark(this.name, 'title', [leaf.in, leaf.shape].filter(Boolean).join(' · '));
    if (this.which && (renamed || !this.which.options.length || this.which.dataset.language !== state.language)) {
      this.which.dataset.language = state.language;
      if (leaf.at.length <= LONG_MENU || document.activeElement === this.which) this.list();
      else this.which.replaceChildren(...[...new Set([-1, this.cell])].map((cell) => this.option(cell)));
      mark(this.which, 'aria-label', say('which', { name: title }));
    }
    const { value } = this;
    const full = this.cell < 0 ? `${title} ${whole}` : this.which ? `${title} ${indexOf(this.cell, leaf.sides)}` : title;
    const [low, high] = this.cell < 0 ? (leaf.moved ? [-6, 6] : [0, 4]) : [-this.span, this.span];
    mark(this.range, 'min', Math.min(low, value));
    mark(this.range, 'max', Math.max(high, value));
    if (this.range.valueAsNumber !== value) this.range.value = value;
    mark(this.range, 'aria-label', full);
    mark(this.range, 'aria-valuetext', exact(value));
    const typed = Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '';
    if (document.activeElement !== this.number && this.number.value !== typed) this.number.value = typed;
    mark(this.number, 'aria-label', say('number_of', { name: full }));
    put(this.gradient, !leaf.gradient ? '' : this.cell >= 0 ? `∂L/∂· ${life.brief(life.it.gradients, [leaf.at[this.cell]])}` : `‖∂L/∂·‖ ${exact(life.it.norm(leaf.at))}`);
    if (this.wipe) put(this.wipe, say('wipe'));
    this.cells?.draw();
  }
}

/** The place of a number in its tensor. */
function indexOf(i, sides) {
  const found = [];
  for (let axis = sides.length - 1; axis >= 0; axis--) {
    found.unshift(i % sides[axis]);
    i = Math.floor(i / sides[axis]);
  }
  return `[${found.join(',')}]`;
}

/** A tensor as coloured cells; a click picks one, a pull up or down changes it. The select above does the same by keyboard. */
class Cells {
  constructor(row) {
    this.row = row;
    const { sides, at, kind } = row.leaf;
    const square = Math.sqrt(at.length);
    const drawn = at.some((place) => row.life.it.values[place] !== 0); // a state that begins at 0 is no image
    this.image = drawn && kind === 'input' && Number.isInteger(square) && square >= 6 && (sides.at(-1) === square || sides.at(-1) === at.length);
    this.full = Math.max(...[...at].map((place) => row.life.it.values[place])) || 1;
    const wide = this.image ? square : sides.at(-1) || 1, high = at.length / wide;
    this.turned = high > wide; // the longer side lies
    this.columns = Math.min(this.turned ? high : wide, 64);
    if (this.columns < (this.turned ? high : wide)) this.turned = false;
    this.lines = Math.ceil(at.length / this.columns);
    this.side = Math.max(5, Math.min(this.image ? 28 : 16, Math.floor((this.image ? 224 : 320) / this.columns)));
    this.canvas = html('canvas', { width: this.columns * this.side, height: this.lines * this.side, 'aria-hidden': 'true',
      onpointerdown: (event) => this.down(event), onpointermove: (event) => this.move(event), onpointerup: () => (this.from = null), onpointercancel: () => (this.from = null) });
    this.from = null;
  }

  down(event) {
    const [line, column] = this.under(event).map(Math.floor);
    if (this.image) {
      this.row.going = false;
      this.brush(event);
      this.from = [];
      return this.canvas.setPointerCapture(event.pointerId);
    }
    const cell = this.turned ? column * this.lines + line : line * this.columns + column;
    if (cell >= this.row.leaf.at.length) return;
    this.row.cell = cell;
    this.row.going = false;
    this.row.draw(true);
    this.from = [event.clientY, this.row.value];
    this.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (this.from && this.image) this.brush(event);
    else if (this.from) this.row.set(this.from[1] + ((this.from[0] - event.clientY) * this.row.span) / 120);
  }

  under(event) {
    const { left, top, width } = this.canvas.getBoundingClientRect(), side = width / this.columns;
    return [(event.clientY - top) / side, (event.clientX - left) / side];
  }

  /** A stroke of a pen as wide as a pixel and a half: the numbers near it grow to those of a full stroke. */
  brush(event) {
    const [y, x] = this.under(event), { row } = this, { at } = row.leaf;
    row.life.change((it) => {
      for (let i = 0; i < at.length; i++) {
        const [line, column] = [Math.floor(i / this.columns) + 0.5, (i % this.columns) + 0.5];
        const ink = this.full * Math.max(0, Math.min(1, 1.35 - Math.hypot(line - y, column - x)));
        it.values[at[i]] = Math.max(it.values[at[i]], ink);
      }
    }, { going: row.going });
    row.going = true;
  }

  /** Where a number is painted. */
  at(i) {
    const [line, column] = this.turned ? [i % this.lines, Math.floor(i / this.lines)] : [Math.floor(i / this.columns), i % this.columns];
    return [column * this.side, line * this.side];
  }

  draw() {
    const { row, side } = this;
    const paint = this.canvas.getContext('2d');
    const colours = { negative: tint('negative'), zero: tint('zero'), positive: tint('positive'), ink: tint('ink') };
    mark(this.canvas, 'title', say('cells', { name: row.leaf.name }));
    const look = `${state.theme} ${row.cell} ${row.span}`, values = Float64Array.from(row.leaf.at, (place) => row.life.it.values[place]);
    const before = this.look === look ? this.painted : null; // only what is another is painted
    [this.look, this.painted] = [look, values];
    values.forEach((value, i) => {
      if (before && Object.is(before[i], value)) return;
      const [x, y] = this.at(i);
      paint.globalAlpha = 1;
      paint.fillStyle = colours.zero;
      paint.fillRect(x, y, side, side);
      paint.globalAlpha = Math.min(1, Math.abs(value) / (row.span / 2)) || 0;
      paint.fillStyle = value < 0 ? colours.negative : colours.positive;
      paint.fillRect(x, y, side - 1, side - 1);
    });
    paint.globalAlpha = 1;
    if (row.cell < 0) return;
    paint.strokeStyle = colours.ink;
    paint.lineWidth = 2;
    const [x, y] = this.at(row.cell);
    paint.strokeRect(x + 1, y + 1, side - 2, side - 2);
  }
}

/** For each activation that the run uses, what takes its place. */
function swaps(life) {
  const { it, activations } = life;
  const signs = { sigmoid: 'σ', tanh: 'tanh', relu: 'ReLU' };
  const title = (name) => signs[name] ?? say('identity');
  return Object.entries(activations).filter(([name, key]) => name !== 'identity' && it.firstKeys.includes(key)).map(([name, key]) => {
    const stretches = it.stretches.filter((_, i) => it.firstKeys[i] === key);
    const label = html('span', {});
    const select = html('select', { onchange: () => life.change(() => stretches.forEach((stretch) => (stretch.key = select.value))) });
    const box = html('label', { class: 'swap' }, label, select);
    return { box, draw() {
      put(label, `${say('activation', { name: title(name) })} `);
      offered(select, Object.entries(activations).map(([other, its]) => [its, title(other)]), stretches[0].key);
    } };
  });
}
