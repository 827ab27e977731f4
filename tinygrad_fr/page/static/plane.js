// Data of two dimensions: the boundary between classes, drawn again at every change, and the points to learn from.

const BUDGET = 6; // milliseconds that a picture of the boundary may take
const GRIDS = [64, 48, 36, 24, 16];
const NUMBERS = 300_000; // of all lanes
const NOISES = [0, 0.05, 0.1, 0.2]; // shares of the window by which points are moved at most

/** A run at any point of its plane: the class is the one for which the loss would be the smallest. */
class Points {
  constructor(told, life) {
    Object.assign(this, { life, it: life.it, ...told });
    this.sets = told.points;
    this.choice = this.target === null ? this.it.choices.find(({ field }) => field === 'target') : null;
    this.from = this.choice ? this.choice.from : Math.max(0, this.it.reads([this.target]));
    this.parameters = life.parameters.flatMap((leaf) => [...leaf.at]);
    this.lanes = new Map();
    this.noise = 0;
    this.held = false; // whether about half of the points are only tested
    this.take('own');
  }

  /** Another set of points, in a window around them. */
  take(name) {
    this.name = name;
    this.list = this.sets[name].map((point) => [...point]);
    const every = [...this.sets.own, ...this.list, this.x.map((place) => this.it.values[place])];
    const reach = Math.max(...every.flatMap(([a, b]) => [Math.abs(a), Math.abs(b)]));
    const low = every.every(([a, b]) => a >= 0 && b >= 0) ? 0 : -reach;
    const rim = 0.25 * (reach - low || 1);
    this.window = [low - rim, reach + rim];
    const draw = drawn_by(1), far = this.noise * (this.window[1] - this.window[0]);
    for (const point of this.list) for (const i of [0, 1]) point[i] += far * (2 * draw() - 1);
  }

  /** Whether a point is held out: it is tested, and nothing is learned from it. */
  tests(i) {
    return this.held && drawn_by(i + 1)() < 0.5;
  }

  answer(k) {
    if (this.choice) this.choice.choose([k]);
    else this.it.values[this.target] = this.classes[k];
  }

  /** Every point [x₁, x₂, class] in a lane of its own, some lanes after the others; act(lanes, first, count) does something with them. */
  each(count, point, act) {
    const most = Math.max(1, Math.min(count, Math.floor(NUMBERS / this.it.size)));
    const lanes = this.lanes.get(most) ?? new Lanes(this.it, most);
    this.lanes.set(most, lanes);
    if (this.lanes.size > 3) this.lanes.delete(this.lanes.keys().next().value); // points come and go
    lanes.take();
    for (let first = 0; first < count; first += most) {
      const many = Math.min(most, count - first);
      for (let lane = 0; lane < many; lane++) {
        const [a, b] = point(first + lane);
        lanes.put(this.x[0], lane, a);
        lanes.put(this.x[1], lane, b);
      }
      act(lanes, first, many);
    }
  }

  ask(lanes, k, lane) {
    if (this.choice) lanes.choose(this.choice, [k], lane);
    else lanes.put(this.target, lane, this.classes[k]);
  }

  /** How much more the second of two classes is believed than the first, or which of many is believed most. */
  beliefs(lanes, many) {
    const losses = this.classes.map((_, k) => {
      for (let lane = 0; lane < many; lane++) this.ask(lanes, k, lane);
      lanes.forward(k ? this.from : 0);
      return Float64Array.from({ length: many }, (_, lane) => lanes.result(lane));
    });
    if (losses.length === 2) return losses[0].map((first, lane) => Math.tanh((first - losses[1][lane]) / 2));
    return losses[0].map((_, lane) => losses.reduce((best, loss, k) => (loss[lane] < losses[best][lane] ? k : best), 0));
  }

  /** The belief at every point of a grid, line by line from above. */
  grid(side) {
    const [low, high] = this.window, found = new Float32Array(side * side);
    const at = (i) => [low + ((high - low) * ((i % side) + 0.5)) / side, high - ((high - low) * (Math.floor(i / side) + 0.5)) / side];
    this.each(side * side, at, (lanes, first, many) => found.set(this.beliefs(lanes, many), first));
    return found;
  }

  /** The mean loss over the points that are learned from, its gradient, how many are on their own side; and of those held out. */
  learned() {
    if (this.seen?.version === this.life.version) return this.seen;
    const gradient = new Float64Array(this.parameters.length), { list } = this;
    const held = list.map((_, i) => this.tests(i)), all = [held.filter((each) => !each).length, held.filter(Boolean).length];
    const loss = [0, 0], right = [0, 0];
    this.each(list.length, (i) => list[i], (lanes, first, many) => {
      const beliefs = this.beliefs(lanes, many);
      for (let lane = 0; lane < many; lane++) {
        const k = list[first + lane][2];
        right[Number(held[first + lane])] += this.classes.length === 2 ? Number(k ? beliefs[lane] > 0 : beliefs[lane] < 0) : Number(beliefs[lane] === k);
        this.ask(lanes, k, lane);
      }
      lanes.forward(this.from);
      lanes.backward();
      for (let lane = 0; lane < many; lane++) {
        const side = Number(held[first + lane]);
        loss[side] += lanes.result(lane) / all[side];
        if (!side) this.parameters.forEach((place, i) => (gradient[i] += lanes.gradients[place * lanes.count + lane] / all[0]));
      }
    });
    return (this.seen = { loss: loss[0], gradient, right: right[0], n: all[0], tested: all[1] ? { loss: loss[1], right: right[1], n: all[1] } : null, version: this.life.version });
  }

  /** Look at the run at one point. */
  visit([a, b, k], going = false) {
    this.life.change((it) => {
      [it.values[this.x[0]], it.values[this.x[1]]] = [a, b];
      if (k !== null) this.answer(k);
    }, { going });
  }

  /** The class that the run is now told to answer. */
  get asked() {
    return this.choice ? this.choice.values[0] : Math.max(0, this.classes.indexOf(this.it.values[this.target]));
  }
}

/** The picture of it. A click reads a point's run; the mode says whether it adds one instead. */
class Plane {
  constructor(points, life) {
    Object.assign(this, { points, life });
    this.canvas = html('canvas', { width: 480, height: 480, role: 'img', tabindex: 0,
      onpointerdown: (event) => this.down(event), onpointermove: (event) => this.move(event), onpointerup: () => (this.held = false), onpointercancel: () => (this.held = false),
      onkeydown: (event) => this.key(event) });
    this.set = html('select', { onchange: () => { points.take(this.set.value); this.changed(); } });
    this.setLabel = html('span', {});
    this.mode = html('select', { onchange: () => this.draw() });
    this.modeLabel = html('span', {});
    this.noise = html('select', { onchange: () => { points.noise = Number(this.noise.value); points.take(points.name); this.changed(); } });
    this.noiseLabel = html('span', {});
    this.holding = html('input', { type: 'checkbox', onchange: () => { points.held = this.holding.checked; this.changed(); } });
    this.heldLabel = html('span', {});
    this.switches = points.switches.map(([name, place]) => {
      const box = html('input', { type: 'checkbox', onchange: () => life.change((it) => (it.values[place] = Number(box.checked))) });
      return { name, place, box };
    });
    this.switchesLabel = html('span', {});
    this.told = html('p', { class: 'told', role: 'status' });
    this.title = html('h2', {});
    this.buffer = html('canvas', {});
    this.side = 0;
    this.held = false;
    const sets = Object.keys(points.sets).length > 1 ? html('label', {}, this.setLabel, this.set) : null;
    this.box = html('section', { id: 'plane' }, this.title, this.canvas, html('p', { class: 'buttons' }, sets, html('label', {}, this.modeLabel, this.mode)),
      html('p', { class: 'buttons' }, html('label', {}, this.noiseLabel, this.noise), html('label', {}, this.holding, this.heldLabel)),
      this.switches.length ? html('p', { class: 'buttons', role: 'group' }, this.switchesLabel, ...this.switches.map(({ name, box }) => html('label', {}, box, ` ${name}`))) : null, this.told);
    Object.assign(this.box, { grid: (side) => points.grid(side), window: points.window, learning: () => points.list.map((_, i) => i).filter((i) => !points.tests(i)) }); // what a test looks at
  }

  changed() {
    this.life.touched = true; // the loss over the points is another's
    this.life.tell();
  }

  at(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const [low, high] = this.points.window;
    const round = (value) => Math.round(value * 1000) / 1000;
    return [round(low + ((high - low) * (event.clientX - left)) / width), round(high - ((high - low) * (event.clientY - top)) / height)];
  }

  down(event) {
    const [a, b] = this.at(event), { points } = this;
    const mode = this.mode.value;
    if (mode === 'read') {
      const [low, high] = points.window;
      const far = ([c, d]) => Math.hypot(c - a, d - b);
      const near = points.list.reduce((best, point) => (!best || far(point) < far(best) ? point : best), null);
      this.held = true;
      this.canvas.setPointerCapture(event.pointerId);
      return points.visit(near && far(near) < (high - low) / 30 ? near : [a, b, null]);
    }
    if (mode === 'remove') {
      const far = ([c, d]) => Math.hypot(c - a, d - b);
      points.list.sort((p, q) => far(q) - far(p)).pop();
    } else points.list.push([a, b, Number(mode)]);
    this.changed();
  }

  move(event) {
    if (this.held && this.mode.value === 'read' && event.buttons) this.points.visit([...this.at(event), null], true);
  }

  /** The arrow keys move the point that is read; Enter adds one there where the mode says so. */
  key(event) {
    const { it, x, window: [low, high] } = this.points;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const [a, b] = x.map((place) => it.values[place]);
    if (way) this.points.visit([a + (way[0] * (high - low)) / 40, b + (way[1] * (high - low)) / 40, null], event.repeat);
    else if (event.key === 'Enter' && !['read', 'remove'].includes(this.mode.value)) { this.points.list.push([a, b, Number(this.mode.value)]); this.changed(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The finest grid that is quick enough; it is chosen once, so that the picture never changes its grain. */
  grain() {
    if (this.side) return this.side;
    const timed = () => {
      const start = performance.now();
      this.points.grid(24);
      return (performance.now() - start) / 24 ** 2;
    };
    timed();
    const each = Math.min(timed(), timed(), timed()); // the first is slow: the browser compiles
    return (this.side = GRIDS.find((side) => side * side * each < BUDGET) ?? GRIDS.at(-1));
  }

  draw() {
    const { points, canvas } = this;
    const learned = points.learned();
    const side = this.grain(), found = points.grid(side);
    if (this.buffer.width !== side) this.buffer.width = this.buffer.height = side;
    const small = this.buffer.getContext('2d');
    const two = points.classes.length === 2;
    const colours = two ? [tint('negative'), tint('positive')] : points.classes.map((_, k) => tint(`role-${k % 9}`));
    const parts = colours.map(channels), image = small.createImageData(side, side), { data } = image;
    for (let i = 0; i < found.length; i++) {
      const belief = found[i], k = two ? Number(belief > 0) : belief;
      const share = two ? Math.abs(belief) : 0.8;
      if (!(share > 0)) continue;
      [data[4 * i], data[4 * i + 1], data[4 * i + 2]] = parts[k];
      data[4 * i + 3] = 255 * (0.12 + 0.6 * share);
    }
    small.putImageData(image, 0, 0);
    const paint = canvas.getContext('2d'), wide = canvas.width;
    paint.fillStyle = tint('page');
    paint.fillRect(0, 0, wide, wide);
    paint.imageSmoothingEnabled = two;
    paint.drawImage(this.buffer, 0, 0, wide, wide);
    if (two) this.border(paint, found, side, tint('ink'));
    const [low, high] = points.window;
    const place = (a, b) => [((a - low) / (high - low)) * wide, ((high - b) / (high - low)) * wide];
    for (const [i, [a, b, k]] of points.list.entries()) {
      const [x, y] = place(a, b);
      paint.beginPath();
      if (k % 2) paint.arc(x, y, 5.5, 0, 7);
      else paint.rect(x - 5, y - 5, 10, 10); // a form beside the colour
      const hollow = points.tests(i); // held out
      paint.fillStyle = hollow ? tint('page') : colours[k];
      paint.fill();
      paint.strokeStyle = hollow ? colours[k] : tint('page');
      paint.lineWidth = hollow ? 2.5 : 1.5;
      paint.stroke();
    }
    const [x, y] = place(...points.x.map((at) => points.it.values[at]));
    paint.beginPath();
    paint.arc(x, y, 10, 0, 7);
    paint.strokeStyle = tint('ink');
    paint.lineWidth = 2.5;
    paint.stroke();
    this.words(learned);
  }

  /** The line on which both classes are believed alike, between the middles of the cells. */
  border(paint, found, side, ink) {
    const wide = paint.canvas.width, cell = wide / side;
    paint.beginPath();
    const between = (p, q) => p / (p - q);
    for (let line = 0; line + 1 < side; line++) {
      for (let column = 0; column + 1 < side; column++) {
        const at = line * side + column;
        const [a, b, c, d] = [found[at], found[at + 1], found[at + side + 1], found[at + side]];
        const cuts = [];
        if (a > 0 !== b > 0) cuts.push([column + between(a, b), line]);
        if (b > 0 !== c > 0) cuts.push([column + 1, line + between(b, c)]);
        if (d > 0 !== c > 0) cuts.push([column + between(d, c), line + 1]);
        if (a > 0 !== d > 0) cuts.push([column, line + between(a, d)]);
        for (let i = 0; i + 1 < cuts.length; i += 2) {
          paint.moveTo((cuts[i][0] + 0.5) * cell, (cuts[i][1] + 0.5) * cell);
          paint.lineTo((cuts[i + 1][0] + 0.5) * cell, (cuts[i + 1][1] + 0.5) * cell);
        }
      }
    }
    paint.strokeStyle = ink;
    paint.lineWidth = 2;
    paint.stroke();
  }

  words({ loss, right, n, tested }) {
    const { points } = this;
    this.loss = loss;
    put(this.title, say('plane'));
    put(this.setLabel, `${say('points')} `);
    put(this.modeLabel, `${say('click')} `);
    const mode = this.mode.value || 'read', set = points.name;
    const names = points.classes.map((answer, k) => [k, say('adds', { name: exact(answer) })]);
    offered(this.mode, [['read', say('reads')], ...names, ['remove', say('removes')]], mode);
    offered(this.set, Object.keys(points.sets).map((name) => [name, say(`set_${name}`)]), set);
    put(this.noiseLabel, `${say('noise')} `);
    offered(this.noise, NOISES.map((share) => [share, figure(share) || '0']), points.noise);
    put(this.heldLabel, ` ${say('held')}`);
    this.holding.checked = points.held;
    put(this.switchesLabel, `${say('features')} `);
    for (const { place, box } of this.switches) box.checked = points.it.values[place] !== 0;
    const told = [n ? say('sides', { right, n, loss: exact(loss) }) : say('no_points')];
    if (tested) told.push(say('tested', { right: tested.right, n: tested.n, loss: exact(tested.loss) }));
    put(this.told, told.join(' '));
    mark(this.canvas, 'aria-label', `${say('plane')}. ${this.told.textContent}`);
  }
}
